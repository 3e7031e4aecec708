#include "stages/traffic/gateway.hpp"

namespace ipet::traffic {

std::optional<LocalEnd> LocalNetworks::crossing(const Packet& packet) const {
  if (packet.destination_mac.is_multicast() || packet.destination.is_multicast_or_broadcast() ||
      packet.source.is_multicast_or_broadcast())
    return std::nullopt;
  const bool from_local = contains(packet.source);
  if (from_local == contains(packet.destination)) return std::nullopt;
  if (from_local) return LocalEnd{Direction::out, packet.source, packet.source_mac};
  return LocalEnd{Direction::in, packet.destination, packet.destination_mac};
}

}  // namespace ipet::traffic
