// A recording cut into bursts, which imitators move about as wholes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// A run of packets in time order without a long gap.
struct Burst {
  std::size_t first = 0, last = 0;  ///< positions, half open
};

struct BurstOptions {
  /// A silence of at least so long ends a burst.
  traffic::Nanoseconds gap = 5 * traffic::second;
  /// A stream without silence is cut after so long.
  traffic::Nanoseconds longest = 60 * traffic::second;
};

struct Bursts {
  std::vector<Burst> all;
  [[nodiscard]] std::size_t byte_size() const { return all.capacity() * sizeof(Burst); }
};

/// All packets, in bursts of at least one.
std::vector<Burst> bursts_of(std::span<const traffic::DevicePacket> packets, const BurstOptions& options);

}  // namespace ipet::defence
