// Small networks on one vector at a time: values, gradients and Adam. In layers of some thousand weights a
// tensor library spends more on each call than on the arithmetic, and it has threads and random numbers of
// its own. Sums are added in a fixed order, so the same numbers come out however many threads train others.
#pragma once

#include <cstddef>
#include <vector>

#include "stages/traffic/random.hpp"

namespace ipet::gan {

/// A block of weights with its gradient, which add up until step().
class Weights {
 public:
  /// Normal with this deviation.
  Weights(std::size_t count, double deviation, traffic::Random& random);

  std::vector<float> value, gradient;

  /// Adam (Kingma and Ba 2015, algorithm 1) with beta 0.9 and 0.999 on gradient x scale, which is then 0.
  void step(double rate, double scale);
  /// Frees all that only training needs.
  void forget_training();

 private:
  std::vector<float> first_, second_;  ///< moments; empty before the first step
  unsigned steps_ = 0;
};

/// A row of `width` numbers per symbol.
class Table {
 public:
  Table(std::size_t rows, std::size_t width, double deviation, traffic::Random& random)
      : weights(rows * width, deviation, random), width_(width) {}
  [[nodiscard]] const float* row(std::size_t symbol) const { return weights.value.data() + symbol * width_; }
  /// sum += row
  void add(std::size_t symbol, float* sum) const;
  /// The gradient of a sum that a row was added to.
  void learn(std::size_t symbol, const float* of_sum);

  Weights weights;

 private:
  std::size_t width_;
};

/// out = in W + b
class Dense {
 public:
  /// Weights as He et al. 2015, for a rectifier before; b = 0.
  Dense(std::size_t in, std::size_t out, traffic::Random& random);
  void apply(const float* in, float* out) const;
  /// Adds the gradients of the weights, and to `of_in` (unless null) that of the input.
  void learn(const float* in, const float* of_out, float* of_in);

  Weights weights, bias;

 private:
  std::size_t in_, out_;
};

/// Leaky rectifier of slope 0.1 below 0, in place.
void rectify(std::vector<float>& values);
/// The gradient behind the rectifier becomes that before it; `values` are those behind it.
void unrectify(const std::vector<float>& values, std::vector<float>& gradient);
/// In place; nothing stays nothing.
void softmax(std::vector<float>& logits);
/// A position of `probabilities`, which sum to 1 but for rounding: one whose probability is not 0.
std::size_t draw(const std::vector<float>& probabilities, traffic::Random& random);

}  // namespace ipet::gan
