#include "stages/padding/privacy_accounting.hpp"

#include <cmath>

namespace ipet::defence {

double gaussian_epsilon(double noise_multiplier, std::uint64_t releases, double delta) {
  const double r = static_cast<double>(releases) / (2 * noise_multiplier * noise_multiplier);
  return r + 2 * std::sqrt(r * std::log(1 / delta));
}

double noise_multiplier_for(double epsilon, std::uint64_t releases, double delta) {
  // sqrt(r) solves x^2 + 2 x l = epsilon.
  const double l = std::sqrt(std::log(1 / delta));
  const double root = std::sqrt(l * l + epsilon) - l;
  return std::sqrt(static_cast<double>(releases) / 2) / root;
}

}  // namespace ipet::defence
