// Which packets fall into a watch.
#pragma once

#include <algorithm>
#include <span>

#include "stages/attack/view.hpp"

namespace ipet::attack {

/// The packets within the watch, of packets in time order.
inline std::span<const traffic::DevicePacket> watched(std::span<const traffic::DevicePacket> packets,
                                                      const Watch& watch) {
  const auto first =
      std::ranges::lower_bound(packets, watch.begin, {}, &traffic::DevicePacket::time) - packets.begin();
  const auto last =
      std::ranges::lower_bound(packets, watch.end, {}, &traffic::DevicePacket::time) - packets.begin();
  if (first >= last) return {};
  return packets.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

}  // namespace ipet::attack
