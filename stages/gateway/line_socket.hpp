// The datagrams of one line: a UDP socket that is bound to the line's tunnel.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

#include "stages/gateway/descriptor.hpp"

namespace ipet::gateway {

/// Address and port, "10.77.0.2:4790" or "[fd77::2]:4790".
struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
  bool v6 = false;
  std::uint16_t port = 0;

  /// Nothing where the text is none.
  static std::optional<Endpoint> parse(const std::string& text);
  [[nodiscard]] bool is(const sockaddr_storage& other) const;
};

class LineSocket {
 public:
  /// Called for each datagram that came; `stranger`: from another address than the other end's.
  using Take = std::function<void(std::span<const std::uint8_t>, bool stranger)>;

  /// Listens at the other end's port. `interface`: the tunnel; "" where the socket is bound to none. Throws
  /// std::runtime_error that names it and says what to do.
  LineSocket(const std::string& interface, const Endpoint& other);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// False where the system does not take it.
  bool send(std::span<const std::uint8_t> bytes);
  /// What has come, at most a few dozen.
  void receive(const Take& take);

 private:
  bool send_once(std::span<const std::uint8_t> bytes);

  Descriptor socket_;
  std::string interface_;
  Endpoint other_;
  std::optional<in6_addr> own_;  ///< what datagrams leave with
};

/// The number of an interface. Throws std::runtime_error where there is none of that name.
unsigned interface_number(const std::string& interface);

/// Whether it may be a tunnel: WireGuard's interfaces and TUN devices have no link layer.
bool has_no_link_layer(const std::string& interface);

}  // namespace ipet::gateway
