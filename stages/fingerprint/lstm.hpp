// The published bidirectional LSTM model (stages/fingerprint/README.md). No LibTorch here.
#pragma once

#include <cstdint>

#include "stages/fingerprint/published_model.hpp"

namespace ipet::fingerprint {

struct LstmOptions {
  std::int64_t width = 8;  ///< units of each direction of both layers
  std::int64_t dense_width = 128;
  double dropout = 0.2;
  double l2 = 0.01;  ///< weight of the squared input kernels of the first layer
};

/// BiLSTM(width, sequences) - BiLSTM(width, last) - concat silence - Dense tanh - dropout - Dense.
using LstmFactory = PublishedModel<LstmOptions>;

}  // namespace ipet::fingerprint
