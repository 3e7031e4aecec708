// From a frame to a TCP or UDP packet: a plain walk over the headers that allocates nothing.
//
// Lengths come from length fields, never from what was captured; only the headers need be there. Fragments
// are not put together: the first one is the packet (for UDP with the length of the whole datagram, which its
// header gives; for TCP with the bytes of this fragment), later ones are counted. This equals udp.length and
// tcp.len of `tshark -o ip.defragment:FALSE -o ipv6.defragment:FALSE`, except that tshark gives no tcp.len
// for the first fragment of a TCP segment (which hosts do not send: they fit segments to the path). An IP
// length of 0, which segmentation offload leaves in captures, stands for the frame's length on the wire.
// Packets quoted in ICMP errors and packets inside tunnels are not looked at.
#pragma once

#include "stages/capture/frame.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

enum class Outcome {
  packet,       ///< TCP or UDP
  other,        ///< another protocol
  fragment,     ///< a later fragment of a TCP or UDP datagram
  undecodable,  ///< the capture cut away a header, or it contradicts itself
  unsupported   ///< link type that cannot be decoded
};

/// Fills all of `packet` but its time, if there is one.
Outcome decode(const Frame& frame, traffic::Packet& packet);

namespace detail {

/// Where the network layer starts, or why it does not.
struct NetworkLayer {
  Outcome outcome = Outcome::packet;  ///< `packet`: go on with what follows
  unsigned version = 4;               ///< of IP
  std::uint32_t offset = 0;           ///< in the frame
};

/// Also sets the packet's link addresses. Linux cooked captures know only the sender's, so their packets have
/// it but not `has_mac`.
NetworkLayer network_layer(const Frame& frame, traffic::Packet& packet);

}  // namespace detail

}  // namespace ipet::capture
