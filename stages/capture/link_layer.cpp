#include <algorithm>
#include <cstring>

#include "stages/capture/bytes.hpp"
#include "stages/capture/decode.hpp"

namespace ipet::capture {

namespace {

using detail::NetworkLayer;
using traffic::MacAddress;
using traffic::Packet;

constexpr NetworkLayer none(Outcome outcome) {
  return {outcome, 0, 0};
}

/// What follows an EtherType field that ends at `offset`, VLAN tags skipped (802.1Q, 802.1ad, and the older
/// value for stacked tags).
NetworkLayer after_ethertype(const Frame& frame, std::uint16_t type, std::uint32_t offset) {
  while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
    if (frame.captured < offset + 4) return none(Outcome::undecodable);
    type = load_network<std::uint16_t>(frame.data + offset + 2);
    offset += 4;
  }
  if (type == 0x0800) return {Outcome::packet, 4, offset};
  if (type == 0x86dd) return {Outcome::packet, 6, offset};
  // A length instead of a type: IP can still follow in a SNAP header (RFC 1042).
  static constexpr std::uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
  if (type <= 1500 && frame.captured >= offset + 8 && std::memcmp(frame.data + offset, snap, 6) == 0) {
    const auto inner = load_network<std::uint16_t>(frame.data + offset + 6);
    if (inner == 0x0800) return {Outcome::packet, 4, offset + 8};
    if (inner == 0x86dd) return {Outcome::packet, 6, offset + 8};
  }
  return none(Outcome::other);
}

NetworkLayer ethernet(const Frame& frame, Packet& packet) {
  if (frame.captured < 14) return none(Outcome::undecodable);
  std::memcpy(packet.destination_mac.bytes.data(), frame.data, 6);
  std::memcpy(packet.source_mac.bytes.data(), frame.data + 6, 6);
  packet.has_mac = true;
  return after_ethertype(frame, load_network<std::uint16_t>(frame.data + 12), 14);
}

/// LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
NetworkLayer cooked(const Frame& frame, Packet& packet, bool second_version) {
  const std::uint32_t header = second_version ? 20 : 16;
  if (frame.captured < header) return none(Outcome::undecodable);
  const unsigned address_length =
      second_version ? frame.data[11] : load_network<std::uint16_t>(frame.data + 4);
  if (address_length == 6)
    std::memcpy(packet.source_mac.bytes.data(), frame.data + (second_version ? 12 : 6), 6);
  const auto type = load_network<std::uint16_t>(frame.data + (second_version ? 0 : 14));
  if (type < 0x0600) return none(Outcome::other);  // not an EtherType (802.2, 802.3 raw ...)
  return after_ethertype(frame, type, header);
}

NetworkLayer raw(const Frame& frame) {
  if (frame.captured < 1) return none(Outcome::undecodable);
  const unsigned version = frame.data[0] >> 4;
  if (version != 4 && version != 6) return none(Outcome::other);
  return {Outcome::packet, version, 0};
}

/// An address family in front, of the capturing machine's byte order (null) or network order (loop). The
/// families of IPv6 differ between systems.
NetworkLayer loopback(const Frame& frame, bool network_order) {
  if (frame.captured < 4) return none(Outcome::undecodable);
  auto family = load_network<std::uint32_t>(frame.data);
  if (!network_order && (family & 0xffff0000) != 0) family = swap_bytes(family);
  if (family == 2) return {Outcome::packet, 4, 4};
  if (family == 10 || family == 24 || family == 28 || family == 30) return {Outcome::packet, 6, 4};
  return none(Outcome::other);
}

}  // namespace

detail::NetworkLayer detail::network_layer(const Frame& frame, Packet& packet) {
  switch (frame.link) {
    case LinkType::ethernet:
      return ethernet(frame, packet);
    case LinkType::linux_cooked:
      return cooked(frame, packet, false);
    case LinkType::linux_cooked_v2:
      return cooked(frame, packet, true);
    case LinkType::raw:
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
      return raw(frame);
    case LinkType::ipv4:
      return {Outcome::packet, 4, 0};
    case LinkType::ipv6:
      return {Outcome::packet, 6, 0};
    case LinkType::null:
      return loopback(frame, false);
    case LinkType::loop:
      return loopback(frame, true);
  }
  return none(Outcome::unsupported);
}

}  // namespace ipet::capture
