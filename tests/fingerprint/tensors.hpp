// Tensors to compare, for tests against LibTorch's own layers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint::test {

/// Of normally distributed values.
inline torch::Tensor normal(std::vector<std::int64_t> sizes, traffic::Random& random) {
  torch::Tensor tensor = torch::empty(sizes);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.data_ptr<float>()[i] = static_cast<float>(random.normal());
  return tensor;
}

inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

/// Gradients, relative to the largest one. With a single slot those of the state's kernels are zero.
inline void expect_close(const std::vector<torch::Tensor>& ours, const std::vector<torch::Tensor>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const double scale = std::max(1e-3, theirs[i].abs().max().item<double>());
    EXPECT_LT(largest_difference(ours[i], theirs[i]) / scale, 1e-4) << "gradient " << i;
  }
}

}  // namespace ipet::fingerprint::test
