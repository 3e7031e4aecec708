// Forward and backward pass of a GRU layer with the reset gate after the matrix product (layers.hpp), written
// like that of the LSTM (bilstm_kernel.hpp): samples side by side in the lanes of vector registers, all of a
// time step in one pass. Which instruction set: simd/simd.hpp.
#pragma once

#include <cstddef>

namespace ipet::fingerprint {

struct GruShape {
  std::size_t samples = 0, slots = 0, inputs = 0, width = 0;
  /// Whether `out` is only the state after the last slot.
  bool last = false;
};

/// Gates lie in the order update z, reset r, candidate c, each `width` wide.
struct GruWeights {
  const float* kernel = nullptr;     ///< [inputs, 3 width]
  const float* recurrent = nullptr;  ///< [width, 3 width]
  const float* bias = nullptr;       ///< [2, 3 width]: of the inputs, of the state
};
struct GruGradients {
  float* kernel = nullptr;
  float* recurrent = nullptr;
  float* bias = nullptr;
};

/// Numbers that the forward pass keeps for the backward one.
std::size_t gru_tape_size(const GruShape& shape);

/// x: [samples, slots, inputs]; out: [samples, slots, width], the state after each slot; with `last`
/// [samples, width]. `tape`, at a cache line, may be null where no backward pass follows. Throws like
/// choose_simd().
void gru_forward(const GruShape& shape, const GruWeights& weights, const float* x, float* out, float* tape);

/// From the gradient of `out`. `x_gradient` may be null, and `gradients` too: what is not wanted is not
/// computed. What is written is set, not added to.
void gru_backward(const GruShape& shape, const GruWeights& weights, const float* x, const float* tape,
                  const float* out_gradient, float* x_gradient, const GruGradients* gradients);

}  // namespace ipet::fingerprint
