// Addresses with a port, and sockets of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

#include "stages/traffic/address.hpp"

namespace ipet::records {

struct Endpoint {
  traffic::IpAddress address;
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const;  ///< "10.0.0.1:4800", "[fd77::1]:4800"
  /// No names; a port from 1 to 65,535, of an address alone 0.
  static std::optional<Endpoint> parse(std::string_view text);
};

/// Closes what it holds.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

/// A socket that never blocks, of the endpoint's family; `kind` is SOCK_STREAM or SOCK_DGRAM. Throws
/// std::runtime_error.
Socket open_socket(const Endpoint& endpoint, int kind);
/// 0, or the errno.
int bind_socket(const Socket& socket, const Endpoint& endpoint);
/// 0 where it is connected, EINPROGRESS where it will be, or another errno.
int connect_socket(const Socket& socket, const Endpoint& endpoint);
/// "Connection refused"
std::string reason_of(int error);

}  // namespace ipet::records
