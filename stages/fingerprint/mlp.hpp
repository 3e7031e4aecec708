// The published model of dense layers (stages/fingerprint/README.md). No LibTorch here.
#pragma once

#include <cstdint>

#include "stages/fingerprint/published_model.hpp"

namespace ipet::fingerprint {

struct MlpOptions {
  std::int64_t first_width = 128, second_width = 32;  ///< units of the layers that see one slot
  std::int64_t dense_width = 100;                     ///< units of the layer that sees all slots
  double dropout = 0.2;  ///< behind the first layer of a slot and behind the dense layer
};

/// Per slot Dense tanh - dropout - Dense tanh; flatten - concat silence - Dense tanh - dropout - Dense.
using MlpFactory = PublishedModel<MlpOptions>;

}  // namespace ipet::fingerprint
