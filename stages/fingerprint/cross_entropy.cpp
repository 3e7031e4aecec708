#include "stages/fingerprint/cross_entropy.hpp"

#include <algorithm>
#include <cmath>

namespace ipet::fingerprint {
namespace {

template <class Number>
CrossEntropy of(const torch::Tensor& logits, const torch::Tensor& label, double scale) {
  const std::int64_t classes = logits.size(1);
  CrossEntropy result;
  result.gradient = torch::empty_like(logits);
  const Number* row = logits.data_ptr<Number>();
  auto* gradient = result.gradient.data_ptr<Number>();
  for (std::int64_t n = 0; n < logits.size(0); ++n, row += classes, gradient += classes) {
    const std::int64_t wanted = label.data_ptr<std::int64_t>()[n];
    const Number* largest = std::max_element(row, row + classes);
    double total = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      gradient[c] = std::exp(row[c] - *largest);
      total += gradient[c];
    }
    const auto factor = static_cast<Number>(scale / total);
    for (std::int64_t c = 0; c < classes; ++c) gradient[c] *= factor;
    gradient[wanted] -= static_cast<Number>(scale);
    result.sum += std::log(total) - static_cast<double>(row[wanted] - *largest);
    if (largest - row == wanted) ++result.hits;
  }
  return result;
}

}  // namespace

CrossEntropy cross_entropy(const torch::Tensor& logits, const torch::Tensor& label, double scale) {
  if (logits.scalar_type() == torch::kFloat64) return of<double>(logits.contiguous(), label, scale);
  return of<float>(logits.contiguous(), label, scale);
}

}  // namespace ipet::fingerprint
