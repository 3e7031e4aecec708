#include "tests/bench/recurrent/limit.hpp"

#include <chrono>
#include <limits>

#include "stages/simd/simd.hpp"
#include "stages/simd/simd_targets.hpp"

#define HWY_TARGET_INCLUDE "tests/bench/recurrent/limit.cpp"
// clang-format off: this file once more for each target, each with the rest of the includes
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace ipet::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Enough chains to hide the latency. Returns how many multiply-adds that were; `sink` keeps the compiler
/// from dropping them.
double multiply_add(float* sink) {
  constexpr hn::CappedTag<float, 16> tag;
  constexpr std::size_t chains = 10, rounds = 2000;
  const auto factor = hn::Set(tag, 0.99F);
  auto a = factor, b = factor, c = factor, d = factor, e = factor, f = factor, g = factor, h = factor,
       i = factor, j = factor;
  for (std::size_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, factor, factor);
    b = hn::MulAdd(b, factor, factor);
    c = hn::MulAdd(c, factor, factor);
    d = hn::MulAdd(d, factor, factor);
    e = hn::MulAdd(e, factor, factor);
    f = hn::MulAdd(f, factor, factor);
    g = hn::MulAdd(g, factor, factor);
    h = hn::MulAdd(h, factor, factor);
    i = hn::MulAdd(i, factor, factor);
    j = hn::MulAdd(j, factor, factor);
    // Identical chains would be computed once.
    asm volatile("" : "+x"(a.raw), "+x"(b.raw), "+x"(c.raw), "+x"(d.raw), "+x"(e.raw));
    asm volatile("" : "+x"(f.raw), "+x"(g.raw), "+x"(h.raw), "+x"(i.raw), "+x"(j.raw));
  }
  const auto left = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, d)), e),
             right = hn::Add(hn::Add(hn::Add(f, g), hn::Add(h, i)), j);
  *sink = hn::GetLane(hn::Add(left, right));
  return static_cast<double>(chains * rounds * hn::Lanes(tag));
}

}  // namespace ipet::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ipet::bench {
namespace {

HWY_EXPORT(multiply_add);

}  // namespace

double multiply_adds_per_second() {
  using Clock = std::chrono::steady_clock;
  fingerprint::choose_simd();
  volatile float sink = 0;
  double best = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    float last = 0;
    const auto begin = Clock::now();
    const double count = HWY_DYNAMIC_DISPATCH(multiply_add)(&last);
    best = std::max(best, count / std::chrono::duration<double>(Clock::now() - begin).count());
    sink = last;
  }
  static_cast<void>(sink);
  return best;
}

}  // namespace ipet::bench
#endif
