// Which instruction set the hand-written kernels use. The best that the processor has, unless the environment
// variable IPET_SIMD names another: "avx512", "avx2" or "portable".
//
// All give the same bits: they multiply and add in one rounding (fused.hpp) and add up in the same order.
// portable takes several times as long as avx2, for it has no instruction for the first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ipet::fingerprint {

/// Names of those that this processor has, best first; portable is always there.
std::vector<std::string> simd_choices();

/// The one in use. Throws std::runtime_error when IPET_SIMD names none or one that the processor lacks.
std::string simd();

/// From now on `name`; while no kernel runs. For tests and benchmarks. Throws std::runtime_error like simd().
void use_simd(std::string_view name);

/// What a kernel calls first: reads IPET_SIMD once per process. Throws like simd().
void choose_simd();

}  // namespace ipet::fingerprint
