// Sees what passes through a tunnel, and touches nothing of it: headers alone are looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "stages/gateway/descriptor.hpp"

namespace ipet::gateway {

/// Has the kernel drop UDP packets from and to this port and cut all others after their headers (128 bytes),
/// by a filter of classic BPF on what begins with an IP header. Throws std::runtime_error.
void leave_out_own(int socket, std::uint16_t port);

class PacketWatch {
 public:
  /// The begin of a packet; `leaves`: through the interface, into the tunnel.
  using See = std::function<void(std::span<const std::uint8_t> begin, bool leaves)>;

  /// UDP from and to this port, our own datagrams, is left out by the kernel. Throws std::runtime_error that
  /// says what to do.
  PacketWatch(const std::string& interface, std::uint16_t own_port);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// What has passed, at most a few dozen.
  void look(const See& see);
  /// Packets that the kernel had no room for, since the last call.
  std::uint64_t missed();

 private:
  Descriptor socket_;
};

}  // namespace ipet::gateway
