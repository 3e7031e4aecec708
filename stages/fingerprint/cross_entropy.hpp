// The loss of a batch and its gradient, in one pass over the logits.
#pragma once

#include <cstddef>

#include <torch/types.h>

namespace ipet::fingerprint {

struct CrossEntropy {
  double sum = 0;          ///< of -log(probability of the label) over the samples
  std::size_t hits = 0;    ///< samples whose label is the first of the most probable classes
  torch::Tensor gradient;  ///< of `scale` times the sum, as the logits
};

/// logits: float32 or float64 [N, classes]; label: int64 [N]. A NaN among a sample's logits makes the sum
/// NaN.
CrossEntropy cross_entropy(const torch::Tensor& logits, const torch::Tensor& label, double scale);

}  // namespace ipet::fingerprint
