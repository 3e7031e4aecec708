// Naming all lines of a home at once, each device used at most once.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "stages/traffic/random.hpp"

namespace ipet::attack {

/// For each line its device, such that the sum of scores [line, device] is greatest (the assignment problem;
/// Kuhn 1955, by shortest augmenting paths as of Jonker and Volgenant 1987, O(lines^2 devices)). At most as
/// many lines as devices; scores are finite. Lines and devices are shuffled by `key` first: between equal
/// sums chance decides, never an order that knows the truth.
std::vector<std::size_t> one_to_one(std::span<const double> scores, std::size_t devices,
                                    traffic::StreamKey key);

}  // namespace ipet::attack
