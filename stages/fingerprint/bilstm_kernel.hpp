// Forward and backward pass of a bidirectional LSTM layer, written for small widths: samples lie side by side
// in the lanes of vector registers, so that every operation of a time step is a vector operation whatever the
// width. LibTorch's own layer is an order of magnitude slower at width 8, where a step is many tiny matrix
// products. Which instruction set: simd/simd.hpp.
#pragma once

#include <array>
#include <cstddef>

namespace ipet::fingerprint {

struct LstmShape {
  std::size_t samples = 0, slots = 0, inputs = 0, width = 0;
  /// Whether `out` is only each direction's state after its own last step.
  bool last = false;
};

/// One direction. Gates lie in the order input, forget, cell, output, each `width` wide.
struct LstmWeights {
  const float* kernel = nullptr;     ///< [inputs, 4 width]
  const float* recurrent = nullptr;  ///< [width, 4 width]
  const float* bias = nullptr;       ///< [4 width]
};
struct LstmGradients {
  float* kernel = nullptr;
  float* recurrent = nullptr;
  float* bias = nullptr;
};

/// Numbers that the forward pass keeps for the backward one.
std::size_t bilstm_tape_size(const LstmShape& shape);

/// x: [samples, slots, inputs]; out: [samples, slots, 2 width], forward direction first; the backward one at
/// the slot that it has just read. With `last` [samples, 2 width]. `tape`, at a cache line, may be null where
/// no backward pass follows. Throws like choose_simd().
void bilstm_forward(const LstmShape& shape, const std::array<LstmWeights, 2>& weights, const float* x,
                    float* out, float* tape);

/// From the gradient of `out`. `x_gradient` may be null, and `gradients` too: what is not wanted is not
/// computed. What is written is set, not added to.
void bilstm_backward(const LstmShape& shape, const std::array<LstmWeights, 2>& weights, const float* x,
                     const float* tape, const float* out_gradient, float* x_gradient,
                     const std::array<LstmGradients, 2>* gradients);

}  // namespace ipet::fingerprint
