// Layers that the published models share, in Keras' formulation: kernels are [inputs, outputs], so that
// stored parameters can be exchanged with the published implementation.
#pragma once

#include <cstdint>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

/// x kernel + bias, over the last dimension of x. Glorot kernel, zero bias.
class Dense : public torch::nn::Module {
 public:
  Dense(std::int64_t inputs, std::int64_t outputs, traffic::Random& random);
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const;
  [[nodiscard]] const torch::Tensor& kernel() const { return kernel_; }
  [[nodiscard]] const torch::Tensor& bias() const { return bias_; }

 private:
  torch::Tensor kernel_, bias_;
};

/// output(mask * tanh(dense([x, silence]))), what the recurrent models end in, as one operation of automatic
/// differentiation: the parts are so small that LibTorch's bookkeeping would cost more than they. x: [N,
/// columns]; silence: [N, 1]; mask: undefined, or as Model::dropout_mask.
torch::Tensor head(const torch::Tensor& x, const torch::Tensor& silence, const torch::Tensor& mask,
                   const Dense& dense, const Dense& output);

/// weight times the sum of the squares of both, in one operation, too. b may be undefined.
torch::Tensor weighted_squares(double weight, const torch::Tensor& a, const torch::Tensor& b = {});

/// Valid convolution over slots, stride 1: [N, slots, inputs] to [N, slots - kernel_size + 1, filters].
/// kernel: [kernel_size, inputs, filters], Glorot with kernel_size times inputs (outputs) as fan; zero bias.
class Convolution : public torch::nn::Module {
 public:
  Convolution(std::int64_t inputs, std::int64_t filters, std::int64_t kernel_size, traffic::Random& random);
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const;

 private:
  std::int64_t kernel_size_;
  torch::Tensor kernel_, bias_;
};

/// Largest of each `size` consecutive slots: [N, slots, columns] to [N, slots / size, columns]; a remainder
/// of slots is dropped.
torch::Tensor max_pool(const torch::Tensor& x, std::int64_t size);

/// A gated recurrent unit with the reset gate after the matrix product (Keras' reset_after = true, Cho et al.
/// 2014 in the variant of cuDNN):
///
///   z, r = sigmoid(x K + b_0 + h R + b_1);   c = tanh(x K + b_0 + r * (h R + b_1));   h' = z h + (1 - z) c
///
/// Gates in the order z, r, c. kernel: [inputs, 3 width], Glorot; recurrent: [width, 3 width], orthogonal;
/// bias: [2, 3 width], zero.
class Gru : public torch::nn::Module {
 public:
  static constexpr std::int64_t directions = 1;
  Gru(std::int64_t inputs, std::int64_t width, traffic::Random& random);
  /// [N, slots, inputs] to [N, slots, width], the state after each slot.
  [[nodiscard]] torch::Tensor sequences(const torch::Tensor& x) const { return states(x, false); }
  /// [N, slots, inputs] to [N, width], the state after the last slot.
  [[nodiscard]] torch::Tensor last(const torch::Tensor& x) const { return states(x, true); }
  /// weight times the sum of the squares of the input kernel.
  [[nodiscard]] torch::Tensor decay(double weight) const { return weighted_squares(weight, kernel_); }

 private:
  [[nodiscard]] torch::Tensor states(const torch::Tensor& x, bool last) const;

  torch::Tensor kernel_, recurrent_, bias_;
};

}  // namespace ipet::fingerprint
