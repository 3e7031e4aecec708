// What a service tells systemd (sd_notify(3)): datagrams of text to the socket that the environment names.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ipet::gateway {

class ServiceManager {
 public:
  /// By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment. Without the first, or where it
  /// cannot be used, nothing is ever sent.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  /// Each says whether systemd was told; none waits. `status`, one line, is what `systemctl status` shows.
  bool ready(std::string_view status) const;
  /// The file is being read again; ready() follows, also where the new one is wrong.
  bool reloading() const;
  bool stopping() const;
  /// Alive; to be called every watchdog_period().
  bool alive() const { return send("WATCHDOG=1"); }

  /// Half of what systemd waits for; nothing where it does not watch this process.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog_period() const { return period_; }

 private:
  bool send(const std::string& message) const;

  int socket_ = -1;
  std::optional<std::chrono::microseconds> period_;
};

}  // namespace ipet::gateway
