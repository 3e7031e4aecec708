// How much noise a differentially private shaper needs.
#pragma once

#include <cstdint>

namespace ipet::defence {

/// Delta at `epsilon` of `releases` Gaussian mechanisms of standard deviation noise_multiplier x sensitivity,
/// together: no bound but the exact value. They are one mechanism of noise multiplier / sqrt(releases) (Dong,
/// Roth and Su, "Gaussian differential privacy", JRSS B 84, 2022, corollary 3.3), whose delta Balle and Wang
/// give ("Improving the Gaussian mechanism for differential privacy", ICML 2018, theorem 8).
double gaussian_delta(double noise_multiplier, std::uint64_t releases, double epsilon);

/// The smallest noise multiplier that keeps `releases` within `delta` at `epsilon`, rounded up to seven
/// digits, so that machines whose mathematics differ in the last digit send the same. All positive, delta
/// < 1.
double noise_multiplier_for(double epsilon, std::uint64_t releases, double delta);

}  // namespace ipet::defence
