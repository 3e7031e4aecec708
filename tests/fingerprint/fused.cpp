// Multiplying and adding with one rounding where the processor has no instruction for it: the static target
// of this file (on x86-64 SSE2, where Highway has that), against std::fma.
#include "stages/simd/simd_targets.hpp"
// Behind its targets.
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "stages/simd/fused.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace fused = simd::HWY_NAMESPACE;

struct Three {
  float a, b, c;
};

void expect_std_fma(const Three& given, float out) {
  const float expected = std::fma(given.a, given.b, given.c);
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(out)) << given.a << " * " << given.b << " + " << given.c;
  } else {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(out), std::bit_cast<std::uint32_t>(expected))
        << std::hexfloat << given.a << " * " << given.b << " + " << given.c << " is " << expected << ", not "
        << out;
  }
}

/// In neighbouring lanes, so that lanes that are mixed up are seen.
void expect_std_fma(const std::vector<Three>& given) {
  const hn::CappedTag<float, 4> d;
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN float a[4], b[4], c[4], out[4];
  for (std::size_t i = 0; i + lanes <= given.size(); i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k)
      a[k] = given[i + k].a, b[k] = given[i + k].b, c[k] = given[i + k].c;
    hn::Store(fused::mul_add(hn::Load(d, a), hn::Load(d, b), hn::Load(d, c)), d, out);
    for (std::size_t k = 0; k < lanes; ++k) expect_std_fma(given[i + k], out[k]);
  }
}

TEST(Fused, RoundsOnceForAnyBits) {
  constexpr std::uint64_t seed = 3;
  traffic::Random random(seed);
  const auto any = [&] { return std::bit_cast<float>(static_cast<std::uint32_t>(random.below(1ULL << 32))); };
  std::vector<Three> given;
  for (int i = 0; i < 100'000; ++i) given.push_back({any(), any(), any()});
  SCOPED_TRACE(seed);
  expect_std_fma(given);
}

/// Sums near the middle between two floats, where a second rounding would show.
TEST(Fused, RoundsOnceNearTheMiddleOfTwoFloats) {
  constexpr std::uint64_t seed = 4;
  traffic::Random random(seed);
  const auto near_one = [&] {
    return std::bit_cast<float>(0x3F800000U | static_cast<std::uint32_t>(random.below(1U << 23)));
  };
  std::vector<Three> given;
  for (int i = 0; i < 100'000; ++i) {
    const float a = near_one(), b = near_one();
    const int scale = static_cast<int>(random.below(60)) - 30;
    const float c = std::ldexp(near_one(), scale);
    given.push_back({a, b, i % 2 == 0 ? c : -c});
    // a b of few bits, and c by which the sum lies a hair beside the middle.
    if (i % 4 == 0)
      given.back() = {1.0F + std::ldexp(1.0F, -12), 1.0F + std::ldexp(1.0F, -12),
                      std::ldexp(i % 8 == 0 ? 1.0F : -1.0F, -24 - static_cast<int>(random.below(40)))};
  }
  SCOPED_TRACE(seed);
  expect_std_fma(given);
}

TEST(Fused, KeepsZerosInfinitiesSmallestNumbersAndNaN) {
  using Limits = std::numeric_limits<float>;
  const float values[] = {0.0F,
                          -0.0F,
                          1.0F,
                          -1.0F,
                          Limits::infinity(),
                          -Limits::infinity(),
                          Limits::quiet_NaN(),
                          Limits::denorm_min(),
                          -Limits::denorm_min(),
                          Limits::min(),
                          Limits::max(),
                          -Limits::max()};
  std::vector<Three> given;
  for (const float a : values)
    for (const float b : values)
      for (const float c : values) given.push_back({a, b, c});
  expect_std_fma(given);
}

}  // namespace
}  // namespace ipet::fingerprint
