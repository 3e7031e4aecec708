// What weights are before training.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

/// Glorot and Bengio 2010: uniform in +-sqrt(6 / (rows + columns)) of a [rows, columns] kernel.
inline void glorot_uniform(std::span<float> kernel, std::size_t rows, std::size_t columns,
                           traffic::Random& random) {
  const double limit = std::sqrt(6.0 / static_cast<double>(rows + columns));
  for (float& value : kernel) value = static_cast<float>(random.uniform(-limit, limit));
}

}  // namespace ipet::fingerprint
