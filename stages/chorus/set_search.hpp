// Sets for homes that are too large to try all partitions: good ones to begin with, and then moves of a
// device into another set and swaps of two devices, as long as they make things better.
#pragma once

#include <vector>

#include "stages/chorus/set_penalty.hpp"

namespace ipet::defence::planning {

/// Never worse than the best of all partitions whose sets are neighbours when sorted by rate. The same for
/// the same rates. The options have a budget.
std::vector<Set> search_sets(const std::vector<double>& rates, const SetOptions& options);

}  // namespace ipet::defence::planning
