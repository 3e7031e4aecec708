// Which packets fall into an interval.
#pragma once

#include <algorithm>
#include <span>

#include "stages/attack/view.hpp"

namespace ipet::attack {

/// The packets within the interval, of packets in time order.
inline std::span<const traffic::DevicePacket> watched(std::span<const traffic::DevicePacket> packets,
                                                      const Interval& interval) {
  const auto first =
      std::ranges::lower_bound(packets, interval.begin, {}, &traffic::DevicePacket::time) - packets.begin();
  const auto last =
      std::ranges::lower_bound(packets, interval.end, {}, &traffic::DevicePacket::time) - packets.begin();
  if (first >= last) return {};
  return packets.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

}  // namespace ipet::attack
