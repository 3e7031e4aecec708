#include <cstring>

#include "stages/capture/bytes.hpp"
#include "stages/capture/decode.hpp"

namespace ipet::capture {

namespace {

using detail::after_ethertype;
using detail::NetworkLayer;
using traffic::Packet;
using Kind = OtherProtocol::Kind;

constexpr NetworkLayer none(Outcome outcome, OtherProtocol other = {}) {
  return {outcome, 0, 0, other};
}

/// The protocol field of PPP at `offset`, one byte where it could be compressed (RFC 1661).
NetworkLayer after_ppp(const Frame& frame, std::uint32_t offset) {
  if (frame.captured < offset + 2) return none(Outcome::undecodable);
  const bool compressed = (frame.data[offset] & 1) != 0;
  const std::uint32_t number =
      compressed ? frame.data[offset] : load_network<std::uint16_t>(frame.data + offset);
  offset += compressed ? 1 : 2;
  if (number == 0x21) return {Outcome::packet, 4, offset};
  if (number == 0x57) return {Outcome::packet, 6, offset};
  return none(Outcome::other, {Kind::ppp, number});
}

/// A session of PPPoE (RFC 2516): version and type, code, session, length.
NetworkLayer after_pppoe(const Frame& frame, std::uint32_t offset) {
  constexpr std::uint32_t header = 6;
  if (frame.captured < offset + header) return none(Outcome::undecodable);
  const bool data = frame.data[offset] == 0x11 && frame.data[offset + 1] == 0;
  if (!data) return none(Outcome::other, {Kind::ether_type, detail::ether_pppoe});
  return after_ppp(frame, offset + header);
}

/// Labels of MPLS (RFC 3032). The last one does not tell what follows: the first half byte does (RFC 4928).
NetworkLayer after_mpls(const Frame& frame, std::uint32_t offset) {
  for (bool last = false; !last; offset += 4) {
    if (frame.captured < offset + 4) return none(Outcome::undecodable);
    last = (frame.data[offset + 2] & 1) != 0;
  }
  if (frame.captured <= offset) return none(Outcome::undecodable);
  const unsigned version = frame.data[offset] >> 4;
  if (version == 4 || version == 6) return {Outcome::packet, version, offset};
  return none(Outcome::other, {Kind::pseudo_wire, 0});
}

NetworkLayer ethernet(const Frame& frame, Packet& packet) {
  if (frame.captured < 14) return none(Outcome::undecodable);
  std::memcpy(packet.destination_mac.bytes.data(), frame.data, 6);
  std::memcpy(packet.source_mac.bytes.data(), frame.data + 6, 6);
  packet.has_mac = true;
  return after_ethertype(frame, load_network<std::uint16_t>(frame.data + 12), 14);
}

/// LINKTYPE_PPP and LINKTYPE_PPP_HDLC: address and control in front, or not.
NetworkLayer ppp(const Frame& frame) {
  if (frame.captured < 4) return none(Outcome::undecodable);
  const bool framed = frame.data[0] == 0xff && frame.data[1] == 0x03;
  return after_ppp(frame, framed ? 2 : 0);
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
  if (type < 0x0600) return none(Outcome::other, {Kind::llc, 0});  // not an EtherType (802.2, 802.3 raw ...)
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

/// VLAN tags are skipped (802.1Q, 802.1ad, and the older value for stacked tags).
detail::NetworkLayer detail::after_ethertype(const Frame& frame, std::uint16_t type, std::uint32_t offset,
                                             unsigned snaps) {
  while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
    if (frame.captured < offset + 4) return none(Outcome::undecodable);
    type = load_network<std::uint16_t>(frame.data + offset + 2);
    offset += 4;
  }
  if (type == ether_ipv4) return {Outcome::packet, 4, offset};
  if (type == ether_ipv6) return {Outcome::packet, 6, offset};
  if (type == ether_pppoe) return after_pppoe(frame, offset);
  if (type == ether_mpls || type == ether_mpls_multicast) return after_mpls(frame, offset);
  if (type <= 1500) return after_llc(frame, offset, snaps);
  return none(Outcome::other, {Kind::ether_type, type});
}

/// IP can follow in a SNAP header (RFC 1042). A SNAP header in which tags and the next one follow, many times
/// over, is no frame of anybody.
detail::NetworkLayer detail::after_llc(const Frame& frame, std::uint32_t offset, unsigned snaps) {
  constexpr unsigned most_snaps = 4;
  static constexpr std::uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
  if (snaps == most_snaps || frame.captured < offset + 8 || std::memcmp(frame.data + offset, snap, 6) != 0)
    return none(Outcome::other, {Kind::llc, 0});
  const auto type = load_network<std::uint16_t>(frame.data + offset + 6);
  if (type <= 1500) return none(Outcome::other, {Kind::llc, 0});
  return after_ethertype(frame, type, offset + 8, snaps + 1);
}

detail::NetworkLayer detail::network_layer(const Frame& frame, Packet& packet) {
  switch (frame.link) {
    case LinkType::ethernet:
      return ethernet(frame, packet);
    case LinkType::ppp:
    case LinkType::ppp_hdlc:
      return ppp(frame);
    case LinkType::ppp_ethernet:
      return after_pppoe(frame, 0);
    case LinkType::ieee802_11:
      return ieee802_11(frame, 0, false, packet);
    case LinkType::ieee802_11_radiotap:
      return ieee802_11_radiotap(frame, packet);
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
