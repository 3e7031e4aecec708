#include "stages/records/endpoint.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

namespace ipet::records {

using traffic::IpAddress;

namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const Endpoint& endpoint) {
  SocketAddress made;
  if (endpoint.address.is_v4()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.address.bytes.data() + 12, 4);
    std::memcpy(&made.storage, &address, made.length = sizeof address);
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    std::memcpy(&address.sin6_addr, endpoint.address.bytes.data(), 16);
    std::memcpy(&made.storage, &address, made.length = sizeof address);
  }
  return made;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::string Endpoint::text() const {
  const std::string shown = address.is_v4() ? address.text() : "[" + address.text() + "]";
  return port == 0 ? address.text() : shown + ":" + std::to_string(port);
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  if (const auto alone = IpAddress::parse(text)) return Endpoint{*alone, 0};
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']') && address.size() > 2;
  if (bracketed) address = address.substr(1, address.size() - 2);
  const auto parsed = IpAddress::parse(address);
  const auto port = port_of(text.substr(colon + 1));
  if (!parsed || !port || parsed->is_v4() == bracketed) return std::nullopt;
  return Endpoint{*parsed, *port};
}

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Socket open_socket(const Endpoint& endpoint, int kind) {
  Socket made(socket(endpoint.address.is_v4() ? AF_INET : AF_INET6, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made) throw std::runtime_error("no socket for " + endpoint.text() + ": " + reason_of(errno));
  return made;
}

int bind_socket(const Socket& socket, const Endpoint& endpoint) {
  const SocketAddress address = socket_address(endpoint);
  return bind(socket.get(), address.get(), address.length) == 0 ? 0 : errno;
}

int connect_socket(const Socket& socket, const Endpoint& endpoint) {
  const SocketAddress address = socket_address(endpoint);
  return connect(socket.get(), address.get(), address.length) == 0 ? 0 : errno;
}

std::string reason_of(int error) {
  return std::system_category().message(error);
}

}  // namespace ipet::records
