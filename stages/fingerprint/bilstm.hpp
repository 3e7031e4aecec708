// A bidirectional LSTM layer in Keras' formulation: gates in the order input, forget, cell, output, one bias
// per gate, kernels [inputs, 4 width].
#pragma once

#include <cstdint>
#include <string>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

class BiLstm : public torch::nn::Module {
 public:
  static constexpr std::int64_t directions = 2;
  BiLstm(std::int64_t inputs, std::int64_t width, traffic::Random& random);

  /// [N, slots, inputs] to [N, slots, 2 width]: both directions side by side at each slot.
  [[nodiscard]] torch::Tensor sequences(const torch::Tensor& x) const { return states(x, false); }
  /// [N, slots, inputs] to [N, 2 width]: the state of each direction after its own last step, which is slot 0
  /// for the backward one.
  [[nodiscard]] torch::Tensor last(const torch::Tensor& x) const { return states(x, true); }
  /// weight times the sum of the squares of the input kernels.
  [[nodiscard]] torch::Tensor decay(double weight) const;

 private:
  struct Direction {
    torch::Tensor kernel, recurrent, bias;
  };
  Direction make(const std::string& name, std::int64_t inputs, std::int64_t width, traffic::Random& random);
  [[nodiscard]] torch::Tensor states(const torch::Tensor& x, bool last) const;

  Direction forward_, backward_;
};

}  // namespace ipet::fingerprint
