#include "stages/gateway/packet_watch.hpp"

#include <array>
#include <cerrno>
#include <cstring>
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

}  // namespace

// Numbers of bytes to keep; jumps count from the next instruction.
void leave_out_own(int socket, std::uint16_t port) {
  constexpr std::uint16_t load_byte = BPF_LD | BPF_B | BPF_ABS, load_half = BPF_LD | BPF_H | BPF_ABS,
                          load_half_behind = BPF_LD | BPF_H | BPF_IND,
                          length_of_v4 = BPF_LDX | BPF_B | BPF_MSH, mask = BPF_ALU | BPF_AND | BPF_K,
                          equals = BPF_JMP | BPF_JEQ | BPF_K, any_bit = BPF_JMP | BPF_JSET | BPF_K,
                          keep = BPF_RET | BPF_K;
  constexpr std::uint8_t kept = 19, left_out = 20;  // the last two
  const auto to = [](std::size_t from, std::size_t instruction) {
    return static_cast<std::uint8_t>(instruction - from - 1);
  };
  std::array<sock_filter, 21> program = {{
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

PacketWatch::PacketWatch(const std::string& interface, std::uint16_t own_port)
    : socket_(::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  if (socket_.get() < 0)
    throw std::runtime_error("nobody can watch the interface '" + interface + "': " + std::strerror(errno) +
                             "; it takes CAP_NET_RAW");
  leave_out_own(socket_.get(), own_port);
  const int room = 8 << 20;
  for (const int option : {SO_RCVBUF, SO_RCVBUFFORCE})
    ::setsockopt(socket_.get(), SOL_SOCKET, option, &room, sizeof room);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(interface_number(interface));
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("nobody can watch the interface '" + interface + "': " + std::strerror(errno));
}

void PacketWatch::look(const See& see) {
  constexpr std::size_t batch = 64;
  std::array<std::array<std::uint8_t, headers>, batch> room;
  std::array<mmsghdr, batch> messages{};
  std::array<iovec, batch> parts{};
  std::array<sockaddr_ll, batch> origins{};
  for (std::size_t i = 0; i < batch; ++i) {
    parts[i] = {room[i].data(), headers};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &origins[i];
    messages[i].msg_hdr.msg_namelen = sizeof origins[i];
  }
  const int count = ::recvmmsg(socket_.get(), messages.data(), batch, 0, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    see(std::span(room[at]).first(messages[at].msg_len), origins[at].sll_pkttype == PACKET_OUTGOING);
  }
}

std::uint64_t PacketWatch::missed() {
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  return ::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0
             ? statistics.tp_drops
             : 0;
}

}  // namespace ipet::gateway
