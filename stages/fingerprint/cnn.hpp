// The published convolutional model (stages/fingerprint/README.md). No LibTorch here.
#pragma once

#include <cstdint>

#include "stages/fingerprint/published_model.hpp"

namespace ipet::fingerprint {

struct CnnOptions {
  std::int64_t filters = 64;     ///< of both convolutions
  std::int64_t kernel_size = 3;  ///< slots that a filter of either convolution sees
  std::int64_t pool_size = 2;    ///< slots that the max-pooling puts together
  std::int64_t dense_width = 100;
  double dropout = 0.5;  ///< behind the convolutions
};

/// Conv ReLU - Conv ReLU - dropout - max-pool - flatten - concat silence - Dense tanh - Dense.
/// create() throws std::invalid_argument when the windows have fewer than 2 (kernel_size - 1) + pool_size
/// slots.
using CnnFactory = PublishedModel<CnnOptions>;

}  // namespace ipet::fingerprint
