#include "stages/gan/dense.hpp"

#include <algorithm>
#include <cmath>

namespace ipet::gan {

namespace {

constexpr float leak = 0.1F;

void add_scaled(float* __restrict sum, const float* __restrict values, float factor, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += factor * values[i];
}

/// In four sums, which the compiler may not make of one.
float dot(const float* a, const float* b, std::size_t count) {
  float sums[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  for (; i < count; ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

Weights::Weights(std::size_t count, double deviation, traffic::Random& random)
    : value(count), gradient(count) {
  for (float& weight : value) weight = static_cast<float>(deviation * random.normal());
}

void Weights::step(double rate, double scale) {
  constexpr double beta1 = 0.9, beta2 = 0.999;
  first_.resize(value.size());
  second_.resize(value.size());
  ++steps_;
  const auto by = static_cast<float>(rate / (1 - std::pow(beta1, steps_)));
  const auto correction = static_cast<float>(1 / (1 - std::pow(beta2, steps_)));
  const auto factor = static_cast<float>(scale);
  constexpr auto b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2);
  for (std::size_t i = 0; i < value.size(); ++i) {
    const float g = gradient[i] * factor;
    first_[i] = b1 * first_[i] + (1 - b1) * g;
    second_[i] = b2 * second_[i] + (1 - b2) * g * g;
    value[i] -= by * first_[i] / (std::sqrt(second_[i] * correction) + 1e-8F);
  }
  std::fill(gradient.begin(), gradient.end(), 0.0F);
}

void Weights::forget_training() {
  for (std::vector<float>* each : {&gradient, &first_, &second_}) std::vector<float>().swap(*each);
}

void Table::add(std::size_t symbol, float* sum) const {
  add_scaled(sum, row(symbol), 1, width_);
}

void Table::learn(std::size_t symbol, const float* of_sum) {
  add_scaled(weights.gradient.data() + symbol * width_, of_sum, 1, width_);
}

Dense::Dense(std::size_t in, std::size_t out, traffic::Random& random)
    : weights(in * out, std::sqrt(2.0 / static_cast<double>(in)), random),
      bias(out, 0, random),
      in_(in),
      out_(out) {}

void Dense::apply(const float* in, float* out) const {
  std::copy(bias.value.begin(), bias.value.end(), out);
  for (std::size_t i = 0; i < in_; ++i) add_scaled(out, weights.value.data() + i * out_, in[i], out_);
}

void Dense::learn(const float* in, const float* of_out, float* of_in) {
  add_scaled(bias.gradient.data(), of_out, 1, out_);
  for (std::size_t i = 0; i < in_; ++i) {
    add_scaled(weights.gradient.data() + i * out_, of_out, in[i], out_);
    if (of_in != nullptr) of_in[i] += dot(weights.value.data() + i * out_, of_out, out_);
  }
}

void rectify(std::vector<float>& values) {
  for (float& value : values) value = value > 0 ? value : leak * value;
}

void unrectify(const std::vector<float>& values, std::vector<float>& gradient) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] <= 0) gradient[i] *= leak;
}

void softmax(std::vector<float>& logits) {
  if (logits.empty()) return;
  const float highest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (float& logit : logits) sum += logit = std::exp(logit - highest);
  for (float& logit : logits) logit /= sum;
}

std::size_t draw(const std::vector<float>& probabilities, traffic::Random& random) {
  double left = random.uniform();
  std::size_t possible = 0;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    if (probabilities[i] > 0) possible = i;
    if ((left -= static_cast<double>(probabilities[i])) < 0) return i;
  }
  return possible;
}

}  // namespace ipet::gan
