// Where a replayed device's packets go: records over TCP, or datagrams.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "stages/records/endpoint.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::records {

/// Counts of one outlet.
struct Sent {
  std::uint64_t packets = 0, bytes = 0;  ///< payload, also where a packet left in several datagrams
  std::uint64_t cut = 0;                 ///< packets that left in several datagrams
  std::uint64_t too_large = 0;           ///< no packet of the format
  std::uint64_t lost = 0;                ///< the other end, or the system, did not take them
  std::string why = {};                  ///< the first loss, in words
};

/// Never blocks: what the other end does not take in time is counted, and delays no other device.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void send(const traffic::DevicePacket& packet) = 0;
  /// Sends what waits, as far as the other end takes it; true where nothing waits any more.
  virtual bool flush() { return true; }
  [[nodiscard]] const Sent& sent() const { return sent_; }

 protected:
  void lose(std::string why) {
    if (sent_.lost++ == 0) sent_.why = std::move(why);
  }
  Sent sent_;
};

/// Called while something is awaited, about every 0.1 s; what it throws ends the wait.
using Waiting = std::function<void()>;

/// Records over one connection (record.hpp). 64 KiB of them wait for a slow reader, further ones are lost; so
/// are all where the other end closes. Waits for somebody who listens, for so long at most; throws
/// std::runtime_error where nobody does.
std::unique_ptr<Outlet> record_outlet(const Endpoint& to, const std::optional<Endpoint>& from,
                                      traffic::Nanoseconds patience, const Waiting& waiting);
/// UDP datagrams of the packets' sizes, of zeros; a packet that is larger than `largest` leaves in several.
/// Throws std::runtime_error where `from` is not an address of this machine.
std::unique_ptr<Outlet> datagram_outlet(const Endpoint& to, const std::optional<Endpoint>& from,
                                        std::uint32_t largest);

}  // namespace ipet::records
