#include "stages/padding/privacy_accounting.hpp"

#include <cmath>
#include <numbers>

namespace ipet::defence {

namespace {

/// exp(x^2) erfc(x), where neither factor alone may be a double.
double scaled_erfc(double x) {
  if (x < 5) return std::exp(x * x) * std::erfc(x);
  double fraction = x;  // continued fraction, from its end (DLMF 7.9.1)
  for (int k = 60; k > 0; --k) fraction = x + k / 2.0 / fraction;
  return 1 / (fraction * std::sqrt(std::numbers::pi));
}

}  // namespace

double gaussian_delta(double noise_multiplier, std::uint64_t releases, double epsilon) {
  // Phi(-a) - exp(epsilon) Phi(-b), both with the factor exp(-a^2 / 2) taken out.
  const double mu = std::sqrt(static_cast<double>(releases)) / noise_multiplier;
  const double a = epsilon / mu - mu / 2, b = epsilon / mu + mu / 2;
  if (a < -30) return 1;
  return std::exp(-a * a / 2) *
         (scaled_erfc(a / std::numbers::sqrt2) - scaled_erfc(b / std::numbers::sqrt2)) / 2;
}

double noise_multiplier_for(double epsilon, std::uint64_t releases, double delta) {
  double enough = 1, little = 1;
  while (gaussian_delta(enough, releases, epsilon) > delta) enough *= 2;
  while (gaussian_delta(little, releases, epsilon) <= delta) little /= 2;
  while (enough - little > 1e-9 * enough) {
    const double middle = (enough + little) / 2;
    (gaussian_delta(middle, releases, epsilon) > delta ? little : enough) = middle;
  }
  const double digit = std::pow(10, std::floor(std::log10(enough)) - 6);
  return std::ceil(enough / digit) * digit;
}

}  // namespace ipet::defence
