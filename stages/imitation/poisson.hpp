// How often something happens that happens independently of what happened before.
#pragma once

#include <cstdint>

#include "stages/traffic/random.hpp"

namespace ipet::defence {

/// Knuth's product of uniform numbers, in the logarithm.
inline std::uint64_t poisson(double mean, traffic::Random& random) {
  std::uint64_t count = 0;
  for (double left = mean - random.exponential(1); left > 0; left -= random.exponential(1)) ++count;
  return count;
}

}  // namespace ipet::defence
