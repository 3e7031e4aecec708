// What a live run tells systemd (sd_notify(3)): datagrams of text to the socket that the environment names.
#pragma once

#include <string>
#include <string_view>

namespace ipet::cli {

class ServiceManager {
 public:
  /// By NOTIFY_SOCKET of the environment. Where it is not there or cannot be used, nothing is ever sent.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  /// Each says whether systemd was told; none waits. `status`, one line, is what `systemctl status` shows.
  bool ready(std::string_view status) const;
  /// A sign of life, for its watchdog.
  bool alive(std::string_view status) const;
  /// The file was read again; ready() follows.
  bool reloading() const;
  bool stopping() const;

 private:
  bool send(const std::string& message) const;

  int socket_ = -1;
};

}  // namespace ipet::cli
