#include "stages/gateway/line_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "stages/gateway/datagram.hpp"

namespace ipet::gateway {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& hint = {}) {
  throw std::runtime_error(what + ": " + std::strerror(errno) + hint);
}

void set(const Descriptor& socket, int level, int option, int value) {
  ::setsockopt(socket.get(), level, option, &value, sizeof value);
}

bool bind_to(const Descriptor& socket, const std::string& interface) {
  return interface.empty() || ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                                           static_cast<socklen_t>(interface.size() + 1)) == 0;
}

/// The address that IPv6 chooses for datagrams to the other end (RFC 6724). Nothing where there is none yet.
std::optional<in6_addr> own_address(const std::string& interface, const Endpoint& other) {
  const Descriptor socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 own{};
  socklen_t size = sizeof own;
  if (socket.get() < 0 || !bind_to(socket, interface) ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&other.address), other.size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0)
    return std::nullopt;
  return own.sin6_addr;
}

}  // namespace

std::optional<Endpoint> Endpoint::parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  Endpoint out;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc() || stop != end || out.port == 0) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out.address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(out.port);
    out.v6 = true;
    out.size = sizeof v6;
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) return std::nullopt;
    return out;
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(out.address);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(out.port);
  out.size = sizeof v4;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return std::nullopt;
  return out;
}

bool Endpoint::is(const sockaddr_storage& other) const {
  if (other.ss_family != address.ss_family) return false;
  if (v6) {
    const auto &a = reinterpret_cast<const sockaddr_in6&>(address),
               &b = reinterpret_cast<const sockaddr_in6&>(other);
    return a.sin6_port == b.sin6_port && std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
  }
  const auto &a = reinterpret_cast<const sockaddr_in&>(address),
             &b = reinterpret_cast<const sockaddr_in&>(other);
  return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
}

unsigned interface_number(const std::string& interface) {
  const unsigned number = ::if_nametoindex(interface.c_str());
  if (number == 0)
    fail("there is no interface '" + interface + "'",
         "; make it first (ip link add " + interface + " type wireguard; stages/gateway/README.md)");
  return number;
}

bool has_no_link_layer(const std::string& interface) {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
  return ::ioctl(socket.get(), SIOCGIFHWADDR, &request) == 0 && request.ifr_hwaddr.sa_family == ARPHRD_NONE;
}

LineSocket::LineSocket(const std::string& interface, const Endpoint& other)
    : socket_(::socket(other.address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      interface_(interface),
      other_(other) {
  if (socket_.get() < 0) fail("a UDP socket");
  if (!interface.empty()) {
    (void)interface_number(interface);
    if (!bind_to(socket_, interface))
      fail("a socket cannot be bound to the interface '" + interface + "'", "; it takes CAP_NET_RAW");
  }
  // Several lines listen at one port, each on its tunnel.
  set(socket_, SOL_SOCKET, SO_REUSEADDR, 1);
  // As far as the system allows; beyond its limits with CAP_NET_ADMIN.
  for (const int option : {SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE})
    set(socket_, SOL_SOCKET, option, 4 << 20);
  sockaddr_storage own{};
  own.ss_family = other.address.ss_family;
  if (other.v6) {
    set(socket_, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set(socket_, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
    reinterpret_cast<sockaddr_in6&>(own).sin6_port = htons(other.port);
  } else {
    set(socket_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    reinterpret_cast<sockaddr_in&>(own).sin_port = htons(other.port);
  }
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), other.size) != 0)
    fail("nobody can listen at port " + std::to_string(other.port) + " of the interface '" + interface + "'",
         "; is another gateway or relay at work?");
}

// The kernel looks for the address anew with each datagram, among those of all interfaces: with 500 lines
// that took three quarters of the gateway's time.
bool LineSocket::send(std::span<const std::uint8_t> bytes) {
  if (other_.v6 && !own_) own_ = own_address(interface_, other_);
  if (send_once(bytes)) return true;
  if (!own_ || errno != EINVAL) return false;
  own_ = own_address(interface_, other_);  // the interface has another one now
  return send_once(bytes);
}

bool LineSocket::send_once(std::span<const std::uint8_t> bytes) {
  iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_name = &other_.address;
  message.msg_namelen = other_.size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
  if (own_) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
    const in6_pktinfo source{*own_, 0};
    std::memcpy(CMSG_DATA(header), &source, sizeof source);
  }
  return ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

void LineSocket::receive(const Take& take) {
  constexpr std::size_t batch = 32;
  static thread_local std::vector<std::uint8_t> room(batch * largest_datagram);
  std::array<mmsghdr, batch> messages{};
  std::array<iovec, batch> parts{};
  std::array<sockaddr_storage, batch> senders{};
  for (std::size_t i = 0; i < batch; ++i) {
    parts[i] = {&room[i * largest_datagram], largest_datagram};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &senders[i];
    messages[i].msg_hdr.msg_namelen = sizeof senders[i];
  }
  const int count = ::recvmmsg(socket_.get(), messages.data(), batch, 0, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    // What is longer than any datagram of ours was cut: as an empty one it is refused.
    const bool cut = (messages[at].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    take(std::span(&room[at * largest_datagram], cut ? 0 : messages[at].msg_len), !other_.is(senders[at]));
  }
}

}  // namespace ipet::gateway
