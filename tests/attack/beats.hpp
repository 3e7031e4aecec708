// Devices that beat.
#pragma once

#include <algorithm>

#include "stages/attack/attacker.hpp"
#include "tests/attack/lines.hpp"

namespace ipet::attack::test {

/// A question of a size and its answer, 50 ms later, from `first` on until `end`.
inline std::vector<DevicePacket> beats(Nanoseconds first, Nanoseconds period, Nanoseconds end,
                                       std::uint32_t size) {
  std::vector<DevicePacket> packets;
  for (Nanoseconds time = first; time < end; time += period) {
    packets.push_back(out(time, size));
    packets.push_back(in(time + 50 * millisecond, size));
  }
  return packets;
}

inline std::vector<DevicePacket> together(std::vector<DevicePacket> a, const std::vector<DevicePacket>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::ranges::stable_sort(a, {}, &DevicePacket::time);
  return a;
}

}  // namespace ipet::attack::test
