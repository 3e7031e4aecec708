#include "stages/capture/decode.hpp"

#include <algorithm>

#include "stages/capture/bytes.hpp"

namespace ipet::capture {

namespace {

using traffic::IpAddress;
using traffic::Packet;

/// IANA protocol numbers.
enum Number : std::uint8_t {
  hop_by_hop = 0,
  ipv4_in_ip = 4,
  tcp = 6,
  udp = 17,
  ipv6_in_ip = 41,
  routing = 43,
  fragment_header = 44,
  gre = 47,
  authentication = 51,
  destination_options = 60,
  mobility = 135,
  host_identity = 139,
  shim6 = 140
};

/// What is left of a frame from some header on.
struct Rest {
  const std::uint8_t* data;
  std::uint32_t captured;
  std::uint32_t length;  ///< on the wire, by the header before

  /// Without its first `size` bytes, which are there.
  [[nodiscard]] Rest after(std::uint32_t size) const { return {data + size, captured - size, length - size}; }
};

/// A walk from header to header, down through tunnels.
class Decoder {
 public:
  Decoder(Packet& packet, Tunnels tunnels, OtherProtocol* other)
      : packet_(packet), inner_(tunnels == Tunnels::inner), other_(other) {}

  Outcome frame(const Frame& frame) {
    const detail::NetworkLayer network = detail::network_layer(frame, packet_);
    if (network.outcome == Outcome::other) return is_other(network.other);
    if (network.outcome != Outcome::packet) return network.outcome;
    if (frame.captured < network.offset) return Outcome::undecodable;
    return ip(network.version, Rest{frame.data, frame.captured, frame.original}.after(network.offset));
  }

 private:
  static constexpr unsigned deepest = 4;  // tunnels in tunnels

  Outcome is_other(OtherProtocol protocol) {
    if (other_ != nullptr) *other_ = protocol;
    return Outcome::other;
  }
  Outcome ip(unsigned version, Rest rest) { return version == 4 ? ipv4(rest) : ipv6(rest); }

  Outcome ipv4(Rest rest) {
    const std::uint8_t* ip = rest.data;
    if (rest.captured < 20 || ip[0] >> 4 != 4) return Outcome::undecodable;
    const std::uint32_t header = (ip[0] & 15u) * 4;
    std::uint32_t total = load_network<std::uint16_t>(ip + 2);
    const bool no_length = total == 0;
    if (no_length) total = rest.length;
    if (header < 20 || total < header) return Outcome::undecodable;
    const std::uint8_t number = ip[9];
    if (!is_wanted(number)) return is_other({OtherProtocol::Kind::ip, number});
    if (total > rest.length) return Outcome::undecodable;
    const std::uint32_t place = load_network<std::uint16_t>(ip + 6);
    if ((place & 0x1fff) != 0) return Outcome::fragment;
    if (rest.captured < header) return Outcome::undecodable;
    packet_.source = IpAddress::v4(ip + 12);
    packet_.destination = IpAddress::v4(ip + 16);
    const Rest content{ip + header, rest.captured - header, total - header};
    return upper(number, content, no_length, (place & 0x2000) != 0);
  }

  Outcome ipv6(Rest rest) {
    const std::uint8_t* ip = rest.data;
    if (rest.captured < 40 || ip[0] >> 4 != 6) return Outcome::undecodable;
    const std::uint32_t payload = load_network<std::uint16_t>(ip + 4);
    const bool no_length = payload == 0;
    const std::uint32_t total = no_length ? rest.length : 40 + payload;
    std::uint8_t number = ip[6];
    std::uint32_t at = 40;
    bool first_fragment = false;
    while (is_extension(number)) {
      if (rest.captured < at + 8) return Outcome::undecodable;
      const std::uint8_t next = ip[at];
      if (number == fragment_header) {
        const std::uint32_t place = load_network<std::uint16_t>(ip + at + 2);
        if (place >> 3 != 0)
          return is_wanted(next) ? Outcome::fragment : is_other({OtherProtocol::Kind::ip, next});
        first_fragment = (place & 1) != 0;
        at += 8;
      } else {
        at += number == authentication ? (ip[at + 1] + 2u) * 4 : (ip[at + 1] + 1u) * 8;
      }
      number = next;
    }
    if (!is_wanted(number)) return is_other({OtherProtocol::Kind::ip, number});
    if (rest.captured < at || total < at || total > rest.length) return Outcome::undecodable;
    packet_.source = IpAddress::v6(ip + 8);
    packet_.destination = IpAddress::v6(ip + 24);
    return upper(number, {ip + at, rest.captured - at, total - at}, no_length, first_fragment);
  }

  [[nodiscard]] bool is_tunnel(std::uint8_t number) const {
    return inner_ && depth_ < deepest && (number == ipv4_in_ip || number == ipv6_in_ip || number == gre);
  }
  [[nodiscard]] bool is_wanted(std::uint8_t number) const {
    return number == tcp || number == udp || is_tunnel(number);
  }

  Outcome upper(std::uint8_t number, Rest rest, bool no_length, bool first_fragment) {
    if (is_tunnel(number)) {
      ++depth_;
      rest.captured = std::min(rest.captured, rest.length);
      return number == gre ? in_gre(rest) : ip(number == ipv4_in_ip ? 4 : 6, rest);
    }
    const Outcome outcome = number == tcp ? decode_tcp(rest) : decode_udp(rest, no_length, first_fragment);
    if (outcome != Outcome::packet) return outcome;
    packet_.source_port = load_network<std::uint16_t>(rest.data);
    packet_.destination_port = load_network<std::uint16_t>(rest.data + 2);
    const bool vxlan = inner_ && number == udp && packet_.destination_port == detail::vxlan_port;
    return vxlan && depth_ < deepest && !first_fragment ? in_vxlan(rest) : outcome;
  }

  Outcome decode_tcp(Rest rest) {
    if (rest.captured < 13) return Outcome::undecodable;
    const std::uint32_t header = (rest.data[12] >> 4) * 4u;
    if (header < 20) return Outcome::undecodable;
    packet_.protocol = traffic::Protocol::tcp;
    packet_.payload = rest.length > header ? rest.length - header : 0;
    return Outcome::packet;
  }

  /// `no_length`: IP gives none either, so 0 in UDP stands for "to the end" (RFC 2675, segmentation offload).
  /// The first fragment has the length of the whole datagram.
  Outcome decode_udp(Rest rest, bool no_length, bool first_fragment) {
    if (rest.captured < 6) return Outcome::undecodable;
    std::uint32_t datagram = load_network<std::uint16_t>(rest.data + 4);
    if (datagram == 0 && no_length) datagram = rest.length;
    if (datagram > rest.length && !first_fragment) return Outcome::undecodable;
    packet_.protocol = traffic::Protocol::udp;
    packet_.payload = datagram > 8 ? datagram - 8 : 0;
    return Outcome::packet;
  }

  Outcome ethernet(Rest rest) {
    Frame inside;
    inside.data = rest.data;
    inside.captured = std::min(rest.captured, rest.length);
    inside.original = rest.length;
    return frame(inside);
  }

  Outcome in_gre(Rest rest) {
    constexpr std::uint16_t checksum = 0x8000, routing_present = 0x4000, key = 0x2000, sequence = 0x1000;
    constexpr std::uint16_t transparent_ethernet = 0x6558, erspan = 0x88be;
    if (rest.captured < 4) return Outcome::undecodable;
    const auto flags = load_network<std::uint16_t>(rest.data),
               type = load_network<std::uint16_t>(rest.data + 2);
    if ((flags & 7) != 0 || (flags & routing_present) != 0) return is_other({OtherProtocol::Kind::ip, gre});
    std::uint32_t header = 4;
    for (const std::uint16_t field : {checksum, key, sequence}) header += (flags & field) != 0 ? 4 : 0;
    if (type == erspan && (flags & sequence) != 0) header += 8;  // type II; type I has no header
    if (rest.captured < header) return Outcome::undecodable;
    const Rest inside = rest.after(header);
    if (type == detail::ether_ipv4) return ipv4(inside);
    if (type == detail::ether_ipv6) return ipv6(inside);
    if (type == transparent_ethernet || type == erspan) return ethernet(inside);
    return is_other({OtherProtocol::Kind::ip, gre});
  }

  Outcome in_vxlan(Rest rest) {
    constexpr std::uint32_t header = 8 + 8;
    constexpr std::uint8_t valid = 0x08;
    if (rest.captured > 8 && (rest.data[8] & valid) == 0) return Outcome::packet;  // not VXLAN
    if (std::min(rest.captured, rest.length) < header) return Outcome::undecodable;
    ++depth_;
    return ethernet(rest.after(header));
  }

  static bool is_extension(std::uint8_t number) {
    constexpr Number extensions[] = {hop_by_hop,          routing,  fragment_header, authentication,
                                     destination_options, mobility, host_identity,   shim6};
    return std::ranges::find(extensions, number) != std::end(extensions);
  }

  Packet& packet_;
  const bool inner_;
  OtherProtocol* const other_;
  unsigned depth_ = 0;
};

}  // namespace

Outcome decode(const Frame& frame, Packet& packet, Tunnels tunnels, OtherProtocol* other) {
  return Decoder(packet, tunnels, other).frame(frame);
}

}  // namespace ipet::capture
