// How far a burst may be moved before its rhythm is another one: a smoothed bootstrap (Silverman 1986,
// section 3.4) whose bandwidth is local, since a keep-alive keeps to milliseconds and a person does not.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "stages/imitation/bursts.hpp"

namespace ipet::defence {

struct Looseness {
  std::vector<traffic::Nanoseconds> all;  ///< by burst
  [[nodiscard]] std::size_t byte_size() const { return all.capacity() * sizeof(traffic::Nanoseconds); }
};

/// Bursts are of a kind when they begin with a packet of the same size, direction and protocol. Of each
/// interval between neighbours of a kind: the median of how much others of about that length (within a tenth)
/// differ from it, or where there is no other, a twentieth of it. Of a burst: the smaller one of the two
/// intervals at whose ends it is; 0 for the only one of its kind.
Looseness looseness_of(std::span<const traffic::DevicePacket> packets, std::span<const Burst> bursts);

}  // namespace ipet::defence
