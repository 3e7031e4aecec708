// Sees what passes through tunnels, and touches nothing of it: headers alone are looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "stages/gateway/descriptor.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

/// Has the kernel drop UDP packets from and to this port and cut all others after their headers (128 bytes),
/// by a filter of classic BPF on what begins with an IP header. `interfaces`: first and last number of those
/// that count at all; 0: every one. Throws std::runtime_error.
void leave_out_own(int socket, std::uint16_t port, std::pair<unsigned, unsigned> interfaces = {0, 0});

struct SeenPacket {
  std::size_t tunnel = 0;  ///< in the order that they were given in
  std::span<const std::uint8_t> begin = {};
  bool leaves = false;           ///< through the interface, into the tunnel
  traffic::Nanoseconds age = 0;  ///< since it passed
};

/// One socket for all tunnels, so that a look at hundreds of them takes one call of the system.
class PacketWatch {
 public:
  using See = std::function<void(const SeenPacket&)>;

  /// UDP from and to this port, our own datagrams, is left out by the kernel. Throws std::runtime_error that
  /// says what to do.
  PacketWatch(const std::vector<std::string>& tunnels, std::uint16_t own_port);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// What has passed, at most a few hundred packets.
  void look(const See& see);
  /// Packets that the kernel had no room for, since the last call.
  std::uint64_t missed();

 private:
  std::size_t look_once(const See& see);

  Descriptor socket_;
  std::unordered_map<int, std::size_t> tunnels_;  ///< by number of the interface
};

}  // namespace ipet::gateway
