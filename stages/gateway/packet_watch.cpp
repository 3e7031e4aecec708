#include "stages/gateway/packet_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "stages/gateway/line_socket.hpp"

namespace ipet::gateway {

namespace {

/// IPv4 or IPv6 header with options, and that of TCP.
constexpr std::size_t headers = 128;
/// Packets of one call.
constexpr std::size_t batch = 64;

traffic::Nanoseconds nanoseconds(const timespec& time) {
  return time.tv_sec * traffic::second + time.tv_nsec;
}

/// The kernel's clock can be set: what cannot be counts as now.
traffic::Nanoseconds age_of(const msghdr& message, traffic::Nanoseconds now) {
  for (const cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(each))) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec passed{};
    std::memcpy(&passed, CMSG_DATA(each), sizeof passed);
    const traffic::Nanoseconds age = now - nanoseconds(passed);
    return age < 0 || age > traffic::second ? 0 : age;
  }
  return 0;
}

}  // namespace

// Numbers of bytes to keep; jumps count from the next instruction.
void leave_out_own(int socket, std::uint16_t port, std::pair<unsigned, unsigned> interfaces) {
  constexpr std::uint16_t load_byte = BPF_LD | BPF_B | BPF_ABS, load_half = BPF_LD | BPF_H | BPF_ABS,
                          load_half_behind = BPF_LD | BPF_H | BPF_IND,
                          length_of_v4 = BPF_LDX | BPF_B | BPF_MSH, mask = BPF_ALU | BPF_AND | BPF_K,
                          equals = BPF_JMP | BPF_JEQ | BPF_K, any_bit = BPF_JMP | BPF_JSET | BPF_K,
                          keep = BPF_RET | BPF_K;
  constexpr std::uint8_t kept = 19, left_out = 20;  // the last two
  const auto to = [](std::size_t from, std::size_t instruction) {
    return static_cast<std::uint8_t>(instruction - from - 1);
  };
  const auto [first, last] = interfaces;
  constexpr auto interface = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_IFINDEX);
  constexpr std::uint16_t load_word = BPF_LD | BPF_W | BPF_ABS, jump = BPF_JMP | BPF_JA,
                          at_least = BPF_JMP | BPF_JGE | BPF_K, more = BPF_JMP | BPF_JGT | BPF_K;
  constexpr std::uint8_t prefix = 3;
  std::array<sock_filter, prefix + 21> program = {{
      first > 0 ? sock_filter{load_word, 0, 0, interface} : sock_filter{jump, 0, 0, prefix - 1},
      {at_least, 0, to(1, prefix + left_out), first},
      {more, to(2, prefix + left_out), 0, last},
      {load_byte, 0, 0, 0},
      {mask, 0, 0, 0xf0},
      {equals, 0, to(2, 12), 0x40},
      {load_byte, 0, 0, 9},
      {equals, 0, to(4, kept), IPPROTO_UDP},
      {load_half, 0, 0, 6},
      {any_bit, to(6, kept), 0, 0x1fff},  // a later fragment has no ports
      {length_of_v4, 0, 0, 0},
      {load_half_behind, 0, 0, 0},
      {equals, to(9, left_out), 0, port},
      {load_half_behind, 0, 0, 2},
      {equals, to(11, left_out), to(11, kept), port},
      {equals, 0, to(12, kept), 0x60},
      {load_byte, 0, 0, 6},
      {equals, 0, to(14, kept), IPPROTO_UDP},
      {load_half, 0, 0, 40},
      {equals, to(16, left_out), 0, port},
      {load_half, 0, 0, 42},
      {equals, to(18, left_out), 0, port},
      {keep, 0, 0, headers},
      {keep, 0, 0, 0},
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0)
    throw std::runtime_error(std::string("the filter of the packet watch: ") + std::strerror(errno));
}

PacketWatch::PacketWatch(const std::vector<std::string>& tunnels, std::uint16_t own_port)
    : socket_(::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const auto fail = [] {
    throw std::runtime_error(std::string("nobody can watch the tunnels: ") + std::strerror(errno) +
                             "; it takes CAP_NET_RAW");
  };
  if (socket_.get() < 0) fail();
  std::pair<unsigned, unsigned> range{interface_number(tunnels.front()), 0};
  for (const std::string& tunnel : tunnels) {
    const unsigned number = interface_number(tunnel);
    tunnels_.emplace(static_cast<int>(number), tunnels_.size());
    range = {std::min(range.first, number), std::max(range.second, number)};
  }
  leave_out_own(socket_.get(), own_port, range);
  const int room = 32 << 20, on = 1;
  for (const int option : {SO_RCVBUF, SO_RCVBUFFORCE})
    ::setsockopt(socket_.get(), SOL_SOCKET, option, &room, sizeof room);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  sockaddr_ll address{};  // of all interfaces
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail();
}

void PacketWatch::look(const See& see) {
  for (int i = 0; i < 8 && look_once(see) == batch; ++i) {
  }
}

std::size_t PacketWatch::look_once(const See& see) {
  std::array<std::array<std::uint8_t, headers>, batch> room;
  std::array<std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))>, batch> stamps;
  std::array<mmsghdr, batch> messages{};
  std::array<iovec, batch> parts;
  std::array<sockaddr_ll, batch> origins;
  for (std::size_t i = 0; i < batch; ++i) {
    parts[i] = {room[i].data(), headers};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &origins[i];
    messages[i].msg_hdr.msg_namelen = sizeof origins[i];
    messages[i].msg_hdr.msg_control = stamps[i].data();
    messages[i].msg_hdr.msg_controllen = stamps[i].size();
  }
  const int count = ::recvmmsg(socket_.get(), messages.data(), batch, 0, nullptr);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
    const auto tunnel = tunnels_.find(origins[i].sll_ifindex);
    if (tunnel == tunnels_.end()) continue;  // its number lies between theirs
    see({tunnel->second, std::span(room[i]).first(messages[i].msg_len),
         origins[i].sll_pkttype == PACKET_OUTGOING, age_of(messages[i].msg_hdr, nanoseconds(now))});
  }
  return static_cast<std::size_t>(std::max(count, 0));
}

std::uint64_t PacketWatch::missed() {
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  return ::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0
             ? statistics.tp_drops
             : 0;
}

}  // namespace ipet::gateway
