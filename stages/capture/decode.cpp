#include "stages/capture/decode.hpp"

#include "stages/capture/bytes.hpp"

namespace ipet::capture {

namespace {

using traffic::IpAddress;
using traffic::Packet;
using traffic::Protocol;

/// IANA protocol numbers.
enum Number : std::uint8_t {
  hop_by_hop = 0,
  tcp = 6,
  udp = 17,
  routing = 43,
  fragment_header = 44,
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
};

/// `length`: of TCP header and payload, by the IP header.
Outcome decode_tcp(Rest rest, std::uint32_t length, Packet& packet) {
  if (rest.captured < 13) return Outcome::undecodable;
  const std::uint32_t header = (rest.data[12] >> 4) * 4u;
  if (header < 20) return Outcome::undecodable;
  packet.protocol = Protocol::tcp;
  packet.payload = length > header ? length - header : 0;
  return Outcome::packet;
}

/// `no_length`: IP gives none either, so 0 in UDP stands for "to the end" (RFC 2675, segmentation offload).
Outcome decode_udp(Rest rest, std::uint32_t length, bool no_length, Packet& packet) {
  if (rest.captured < 6) return Outcome::undecodable;
  std::uint32_t datagram = load_network<std::uint16_t>(rest.data + 4);
  if (datagram == 0 && no_length) datagram = length;
  packet.protocol = Protocol::udp;
  packet.payload = datagram > 8 ? datagram - 8 : 0;
  return Outcome::packet;
}

Outcome decode_transport(std::uint8_t number, Rest rest, std::uint32_t length, bool no_length,
                         Packet& packet) {
  const Outcome outcome =
      number == tcp ? decode_tcp(rest, length, packet) : decode_udp(rest, length, no_length, packet);
  if (outcome != Outcome::packet) return outcome;
  packet.source_port = load_network<std::uint16_t>(rest.data);
  packet.destination_port = load_network<std::uint16_t>(rest.data + 2);
  return outcome;
}

/// `wire`: bytes on the wire from the IP header on.
Outcome decode_ipv4(Rest rest, std::uint32_t wire, Packet& packet) {
  const std::uint8_t* ip = rest.data;
  if (rest.captured < 20 || ip[0] >> 4 != 4) return Outcome::undecodable;
  const std::uint32_t header = (ip[0] & 15u) * 4;
  std::uint32_t total = load_network<std::uint16_t>(ip + 2);
  const bool no_length = total == 0;
  if (no_length) total = wire;
  if (header < 20 || total < header) return Outcome::undecodable;
  const std::uint8_t number = ip[9];
  if (number != tcp && number != udp) return Outcome::other;
  if ((load_network<std::uint16_t>(ip + 6) & 0x1fff) != 0) return Outcome::fragment;
  if (rest.captured < header) return Outcome::undecodable;
  packet.source = IpAddress::v4(ip + 12);
  packet.destination = IpAddress::v4(ip + 16);
  return decode_transport(number, {ip + header, rest.captured - header}, total - header, no_length, packet);
}

bool is_extension(std::uint8_t number) {
  switch (number) {
    case hop_by_hop:
    case routing:
    case fragment_header:
    case authentication:
    case destination_options:
    case mobility:
    case host_identity:
    case shim6:
      return true;
    default:
      return false;
  }
}

Outcome decode_ipv6(Rest rest, std::uint32_t wire, Packet& packet) {
  const std::uint8_t* ip = rest.data;
  if (rest.captured < 40 || ip[0] >> 4 != 6) return Outcome::undecodable;
  const std::uint32_t payload = load_network<std::uint16_t>(ip + 4);
  const bool no_length = payload == 0;
  const std::uint32_t total = no_length ? wire : 40 + payload;
  std::uint8_t number = ip[6];
  std::uint32_t at = 40;
  while (is_extension(number)) {
    if (rest.captured < at + 8) return Outcome::undecodable;
    const std::uint8_t next = ip[at];
    if (number == fragment_header) {
      const bool later = load_network<std::uint16_t>(ip + at + 2) >> 3 != 0;
      if (later) return next == tcp || next == udp ? Outcome::fragment : Outcome::other;
      at += 8;
    } else {
      at += number == authentication ? (ip[at + 1] + 2u) * 4 : (ip[at + 1] + 1u) * 8;
    }
    number = next;
  }
  if (number != tcp && number != udp) return Outcome::other;
  if (rest.captured < at || total < at) return Outcome::undecodable;
  packet.source = IpAddress::v6(ip + 8);
  packet.destination = IpAddress::v6(ip + 24);
  return decode_transport(number, {ip + at, rest.captured - at}, total - at, no_length, packet);
}

}  // namespace

Outcome decode(const Frame& frame, Packet& packet) {
  const detail::NetworkLayer network = detail::network_layer(frame, packet);
  if (network.outcome != Outcome::packet) return network.outcome;
  if (frame.captured < network.offset) return Outcome::undecodable;
  const Rest rest{frame.data + network.offset, frame.captured - network.offset};
  const std::uint32_t wire = frame.original - network.offset;
  return network.version == 4 ? decode_ipv4(rest, wire, packet) : decode_ipv6(rest, wire, packet);
}

}  // namespace ipet::capture
