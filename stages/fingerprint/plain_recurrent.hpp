// A recurrent layer out of plain LibTorch operations, slot by slot, in any precision: what the hand-written
// float32 kernel is compared with.
#pragma once

#include <array>

#include <torch/types.h>

namespace ipet::fingerprint {

/// One direction of an LSTM. Gates lie in the order input, forget, cell, output, each `width` wide.
struct PlainLstm {
  torch::Tensor kernel;     ///< [inputs, 4 width]
  torch::Tensor recurrent;  ///< [width, 4 width]
  torch::Tensor bias;       ///< [4 width]
};

/// As BiLstm: x [N, slots, inputs] to [N, slots, 2 width], forward direction first, or with `last` to
/// [N, 2 width], the state of each direction after its own last slot.
torch::Tensor plain_bilstm(const torch::Tensor& x, const std::array<PlainLstm, 2>& directions, bool last);

}  // namespace ipet::fingerprint
