// What the author of a fingerprinting model includes (stages/fingerprint/README.md). Header only: a model
// plugin outside this tree needs LibTorch, this header and those that it includes.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/types.h>

#include "stages/model/initial_values.hpp"
#include "stages/model/model_factory.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

/// A network that tells devices apart. The trainer owns normalisation, loss, optimiser and schedule; a model
/// is its layers only.
///
/// Rules for authors:
/// - Parameters are registered in the constructor with register_parameter (or by submodules) under names that
///   do not change: they are stored and loaded by name. All are float32.
/// - Initial values come from the Random that the factory is given; dropout is the member below. LibTorch's
///   global generator would make a run depend on the number of threads.
/// - forward may be called by several threads at once, but on different copies: the trainer creates one copy
///   per part of a batch and lets them share one set of parameters. Buffers are constants: they are stored
///   and shared as well, and must not be changed in forward.
/// - A sample's output depends on that sample alone (no batch normalisation): batches are split into parts.
class Model : public torch::nn::Module {
 public:
  /// features: float32 [N, slots, 4], columns as in windows::Column, already normalised.
  /// silence: float32 [N, 1], already normalised. Returns logits, float32 [N, classes].
  virtual torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) = 0;
  /// Weight decay and the like: a scalar that is added to the mean cross-entropy of a batch.
  virtual torch::Tensor penalty() { return torch::zeros({}); }

  /// Set by the trainer before each forward pass; nothing: dropout lets everything through.
  void set_random(std::optional<traffic::Random> random) { random_ = std::move(random); }

 protected:
  /// While training, zeroes each element with probability `rate` and scales the others by 1 / (1 - rate).
  torch::Tensor dropout(const torch::Tensor& x, double rate) {
    const torch::Tensor mask = dropout_mask(x.sizes(), rate);
    return mask.defined() ? x * mask : x;
  }
  /// What dropout multiplies by; undefined where it lets everything through.
  torch::Tensor dropout_mask(torch::IntArrayRef sizes, double rate) {
    if (!random_ || rate <= 0) return {};
    const torch::Tensor mask = torch::empty(sizes, torch::kFloat32);
    const float scale = static_cast<float>(1 / (1 - rate));
    traffic::Random random = *random_;  // stays in registers
    float* values = mask.data_ptr<float>();
    for (std::int64_t i = 0; i < mask.numel(); ++i) values[i] = random.uniform() < rate ? 0.0F : scale;
    random_ = random;
    return mask;
  }

 private:
  std::optional<traffic::Random> random_;
};

/// Glorot and Bengio 2010: uniform in +-sqrt(6 / (rows + columns)) of a [rows, columns] kernel.
inline torch::Tensor glorot_uniform_(const torch::Tensor& kernel, traffic::Random& random) {
  glorot_uniform({kernel.data_ptr<float>(), static_cast<std::size_t>(kernel.numel())},
                 static_cast<std::size_t>(kernel.size(0)), static_cast<std::size_t>(kernel.size(1)), random);
  return kernel;
}

/// Orthonormal rows for a [rows, columns] kernel with rows <= columns: normal rows, made orthogonal one after
/// the other (modified Gram-Schmidt in double precision).
inline torch::Tensor orthogonal_(const torch::Tensor& kernel, traffic::Random& random) {
  const auto rows = static_cast<std::size_t>(kernel.size(0)),
             width = static_cast<std::size_t>(kernel.size(1));
  TORCH_CHECK(rows <= width, "orthogonal_: more rows than columns");
  std::vector<std::vector<double>> basis(rows, std::vector<double>(width));
  for (std::size_t r = 0; r < rows; ++r) {
    for (double& value : basis[r]) value = random.normal();
    for (std::size_t q = 0; q < r; ++q) {
      double dot = 0;
      for (std::size_t c = 0; c < width; ++c) dot += basis[r][c] * basis[q][c];
      for (std::size_t c = 0; c < width; ++c) basis[r][c] -= dot * basis[q][c];
    }
    double norm = 0;
    for (const double value : basis[r]) norm += value * value;
    norm = std::sqrt(norm);
    for (double& value : basis[r]) value /= norm;
  }
  float* values = kernel.data_ptr<float>();
  for (const auto& row : basis)
    for (const double value : row) *values++ = static_cast<float>(value);
  return kernel;
}

}  // namespace ipet::fingerprint
