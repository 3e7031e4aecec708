// The records of a block to packets, one by one: a short cut for the common frames, decode() for the others.
// What comes out is what decode() gives (tests/capture/differential_test.cpp).
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>

#include "stages/capture/decode.hpp"
#include "stages/capture/record_block.hpp"

namespace ipet::capture {

namespace detail {

using traffic::Packet;
using traffic::Protocol;

/// TCP or UDP without anything rare. `length`: of transport header and payload, by the IP header. `inner`: of
/// tunnels, what is inside is wanted.
inline bool short_transport(std::uint8_t protocol, const std::uint8_t* transport, std::uint32_t captured,
                            std::uint32_t length, bool inner, Packet& packet) {
  if (captured < 6) return false;
  if (protocol == 6) {
    if (captured < 13) return false;
    const std::uint32_t header = (transport[12] >> 4) * 4u;
    if (header < 20) return false;
    packet.protocol = Protocol::tcp;
    packet.payload = length > header ? length - header : 0;
  } else if (protocol == 17) {
    const std::uint32_t datagram = load_network<std::uint16_t>(transport + 4);
    if (datagram > length || (inner && load_network<std::uint16_t>(transport + 2) == vxlan_port))
      return false;
    packet.protocol = Protocol::udp;
    packet.payload = datagram > 8 ? datagram - 8 : 0;
  } else {
    return false;
  }
  packet.source_port = load_network<std::uint16_t>(transport);
  packet.destination_port = load_network<std::uint16_t>(transport + 2);
  return true;
}

/// `wire`: bytes of the frame from the IP header on, on the wire.
inline bool short_v4(const std::uint8_t* ip, std::uint32_t captured, std::uint32_t wire, bool inner,
                     Packet& packet) {
  if (captured < 20) return false;
  const std::uint32_t total = load_network<std::uint16_t>(ip + 2);
  const bool later_fragment = (load_network<std::uint16_t>(ip + 6) & 0x1fff) != 0;
  if (ip[0] != 0x45 || total < 20 || total > wire || later_fragment) return false;
  if (!short_transport(ip[9], ip + 20, captured - 20, total - 20, inner, packet)) return false;
  for (auto [address, from] : {std::pair(&packet.source, ip + 12), std::pair(&packet.destination, ip + 16)}) {
    address->bytes[10] = address->bytes[11] = 0xff;
    std::memcpy(address->bytes.data() + 12, from, 4);
  }
  return true;
}

inline bool short_v6(const std::uint8_t* ip, std::uint32_t captured, std::uint32_t wire, bool inner,
                     Packet& packet) {
  if (captured < 40) return false;
  const std::uint32_t length = load_network<std::uint16_t>(ip + 4);
  if (ip[0] >> 4 != 6 || length == 0 || 40 + length > wire) return false;
  if (!short_transport(ip[6], ip + 40, captured - 40, length, inner, packet)) return false;
  std::memcpy(packet.source.bytes.data(), ip + 8, 16);
  std::memcpy(packet.destination.bytes.data(), ip + 24, 16);
  return true;
}

enum class Common { packet, other, rare };

/// The common frames: Ethernet with at most one VLAN tag, IPv4 without options or IPv6 without extension
/// headers, TCP or UDP, with all lengths given and enough captured; and those of other EtherTypes (`type`).
/// All else is rare, and decode() has to look at it; `packet` may then be half filled.
inline Common decode_common(const Frame& frame, bool inner, Packet& packet, std::uint16_t& type) {
  std::uint32_t offset = 14;
  if (frame.captured < offset) return Common::rare;
  type = load_network<std::uint16_t>(frame.data + 12);
  if (type == 0x8100) {
    if (frame.captured < 18) return Common::rare;
    type = load_network<std::uint16_t>(frame.data + 16);
    offset = 18;
  }
  const std::uint8_t* const ip = frame.data + offset;
  const std::uint32_t captured = frame.captured - offset, wire = frame.original - offset;
  if (type == ether_ipv4) {
    if (!short_v4(ip, captured, wire, inner, packet)) return Common::rare;
  } else if (type == ether_ipv6) {
    if (!short_v6(ip, captured, wire, inner, packet)) return Common::rare;
  } else {
    const bool goes_on = type <= 1500 || type == 0x8100 || type == 0x88a8 || type == 0x9100 ||
                         type == ether_pppoe || type == ether_mpls || type == ether_mpls_multicast;
    return goes_on ? Common::rare : Common::other;
  }
  std::memcpy(packet.destination_mac.bytes.data(), frame.data, 6);
  std::memcpy(packet.source_mac.bytes.data(), frame.data + 6, 6);
  packet.has_mac = true;
  return Common::packet;
}

}  // namespace detail

class BlockDecoder {
 public:
  BlockDecoder(const RecordBlock& block, DecodedBlock& into)
      : block_(block),
        into_(into),
        ethernet_(block.link == LinkType::ethernet),
        inner_(block.tunnels == Tunnels::inner) {}

  /// The record at `at`, which is whole; returns its size.
  std::size_t take(const std::uint8_t* at) {
    Frame frame;
    const std::size_t size = read_record(block_, at, frame);
    ++into_.frames;
    traffic::Packet& packet = into_.packets.emplace_back();
    std::uint16_t type = 0;
    const detail::Common common =
        ethernet_ ? detail::decode_common(frame, inner_, packet, type) : detail::Common::rare;
    if (common == detail::Common::other) {
      leave_out(Outcome::other, {OtherProtocol::Kind::ether_type, type});
      return size;
    }
    if (common == detail::Common::rare && !take_rare(frame, packet)) return size;
    packet.time = frame.time;
    if (frame.time >= into_.newest)
      into_.newest = frame.time;
    else
      into_.back = std::max(into_.back, into_.newest - frame.time);
    return size;
  }

 private:
  /// False when it is no packet; `packet` is gone then.
  bool take_rare(const Frame& frame, traffic::Packet& packet);
  /// The last packet is none.
  void leave_out(Outcome outcome, const OtherProtocol& other);

  const RecordBlock& block_;
  DecodedBlock& into_;
  const bool ethernet_, inner_;
};

}  // namespace ipet::capture
