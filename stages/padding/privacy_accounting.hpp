// How much noise a differentially private shaper needs.
#pragma once

#include <cstdint>

namespace ipet::defence {

/// Epsilon of `releases` Gaussian mechanisms of standard deviation noise_multiplier x sensitivity, together,
/// at `delta`: the least over alpha > 1 of releases alpha / (2 noise_multiplier^2) + ln(1 / delta) / (alpha -
/// 1) (Mironov, "Renyi differential privacy", CSF 2017, corollary 3 and proposition 3), which is r + 2 sqrt(r
/// ln(1 / delta)) with r = releases / (2 noise_multiplier^2).
double gaussian_epsilon(double noise_multiplier, std::uint64_t releases, double delta);

/// The smallest noise multiplier that keeps `releases` within `epsilon` at `delta`. All positive, delta < 1.
double noise_multiplier_for(double epsilon, std::uint64_t releases, double delta);

}  // namespace ipet::defence
