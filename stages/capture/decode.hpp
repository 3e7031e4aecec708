// From a frame to a TCP or UDP packet: a plain walk over the headers that allocates nothing.
//
// Lengths come from length fields, never from what was captured; only the headers need be there. Fragments
// are not put together: the first one is the packet (for UDP with the length of the whole datagram, which its
// header gives; for TCP with the bytes of this fragment), later ones are counted. This equals udp.length and
// tcp.len of `tshark -o ip.defragment:FALSE -o ipv6.defragment:FALSE`, except that tshark gives no tcp.len
// for the first fragment of a TCP segment (which hosts do not send: they fit segments to the path). An IP
// length of 0, which segmentation offload leaves in captures, stands for the frame's length on the wire.
// Lengths that go beyond what holds them (an IP length beyond the frame on the wire, a UDP length beyond the
// IP packet) contradict it: such frames are undecodable. Packets quoted in ICMP errors are not looked at.
//
// Under IP, VLAN tags, PPPoE sessions, MPLS labels and open 802.11 data frames are seen through. Packets
// inside GRE (RFC 2784, 2890; also with Ethernet or ERSPAN type II), IP in IP (RFC 2003), 6in4 (RFC 4213) and
// VXLAN (RFC 7348, UDP port 4789) stand for the frame with Tunnels::inner.
#pragma once

#include "stages/capture/frame.hpp"
#include "stages/capture/other_protocols.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

enum class Outcome {
  packet,       ///< TCP or UDP
  other,        ///< another protocol
  fragment,     ///< a later fragment of a TCP or UDP datagram
  encrypted,    ///< a data frame of 802.11 of which only the header is in the clear
  undecodable,  ///< the capture cut away a header, or it contradicts itself
  unsupported   ///< link type that cannot be decoded
};

/// Fills all of `packet` but its time, if there is one. `other`, where it is wanted, says which other
/// protocol it is.
Outcome decode(const Frame& frame, traffic::Packet& packet, Tunnels tunnels = Tunnels::outer,
               OtherProtocol* other = nullptr);

namespace detail {

constexpr std::uint16_t ether_ipv4 = 0x0800, ether_ipv6 = 0x86dd, ether_pppoe = 0x8864, ether_mpls = 0x8847,
                        ether_mpls_multicast = 0x8848;
constexpr std::uint16_t vxlan_port = 4789;

/// Where the network layer starts, or why it does not.
struct NetworkLayer {
  Outcome outcome = Outcome::packet;  ///< `packet`: go on with what follows
  unsigned version = 4;               ///< of IP
  std::uint32_t offset = 0;           ///< in the frame
  OtherProtocol other = {};           ///< with Outcome::other
};

/// Also sets the packet's link addresses. Linux cooked captures know only the sender's, so their packets have
/// it but not `has_mac`.
NetworkLayer network_layer(const Frame& frame, traffic::Packet& packet);

/// What follows an EtherType field that ends at `offset`. `snaps`: SNAP headers before it.
NetworkLayer after_ethertype(const Frame& frame, std::uint16_t type, std::uint32_t offset,
                             unsigned snaps = 0);
/// What follows at `offset`, where a frame of 802.2 begins.
NetworkLayer after_llc(const Frame& frame, std::uint32_t offset, unsigned snaps = 0);
/// A frame of 802.11 that begins at `offset`; `padded`: its header fills whole words.
NetworkLayer ieee802_11(const Frame& frame, std::uint32_t offset, bool padded, traffic::Packet& packet);
NetworkLayer ieee802_11_radiotap(const Frame& frame, traffic::Packet& packet);

}  // namespace detail

}  // namespace ipet::capture
