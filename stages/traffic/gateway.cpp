#include "stages/traffic/gateway.hpp"

namespace ipet::traffic {

Course LocalNetworks::course(const Packet& packet) const {
  if (packet.destination_mac.is_multicast() || packet.destination.is_multicast_or_broadcast() ||
      packet.source.is_multicast_or_broadcast())
    return {Way::multicast, false};
  if (packet.source.stays_on_link() || packet.destination.stays_on_link()) return {Way::local, false};
  const bool from_local = contains(packet.source);
  if (from_local != contains(packet.destination)) return {Way::crossing, from_local};
  return {from_local ? Way::local : Way::outside, false};
}

}  // namespace ipet::traffic
