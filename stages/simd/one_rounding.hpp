// a b + c with one rounding, as processors with fused multiply-add do it, for those without: std::fma of the
// C library takes ten times as long there.
#pragma once

#include <bit>
#include <cstdint>

namespace ipet::simd {

/// The product is exact in double. Rounding the sum to double and then to float is one rounding too many only
/// where the double lies in the middle of two floats, or the float is a subnormal one. Then, of the two
/// doubles around an inexact sum the odd one is taken (Boldo and Melquiond, IEEE Transactions on Computers
/// 2008).
inline float multiply_add(float a, float b, float c) {
  constexpr std::int64_t below_float = (1LL << 29) - 1, middle = 1LL << 28;
  constexpr auto smallest = std::bit_cast<std::int64_t>(0x1p-126);
  const double product = double{a} * double{b}, sum = product + double{c};
  const auto bits = std::bit_cast<std::int64_t>(sum);
  if ((bits & below_float) != middle && (bits & INT64_MAX) >= smallest) return static_cast<float>(sum);
  // What the sum has lost (Knuth's two-sum); no number where the sum is none or infinite.
  const double of_c = sum - product, lost = (product - (sum - of_c)) + (double{c} - of_c);
  if (!(lost > 0 || lost < 0) || (bits & 1) != 0) return static_cast<float>(sum);
  // One step further from zero where what is lost has the sum's sign, else one towards it.
  const std::int64_t step = (bits ^ std::bit_cast<std::int64_t>(lost)) >> 63 | 1;
  return static_cast<float>(std::bit_cast<double>(bits + step));
}

}  // namespace ipet::simd
