// The published recurrent model with gated recurrent units (stages/fingerprint/README.md). No LibTorch here.
#pragma once

#include <cstdint>

#include "stages/fingerprint/published_model.hpp"

namespace ipet::fingerprint {

struct GruOptions {
  std::int64_t width = 32;  ///< units of both layers
  std::int64_t dense_width = 128;
  double dropout = 0.2;
  double l2 = 0.01;  ///< weight of the squared input kernel of the first layer
};

/// GRU(width, sequences) - GRU(width, last) - concat silence - Dense tanh - dropout - Dense.
using GruFactory = PublishedModel<GruOptions>;

}  // namespace ipet::fingerprint
