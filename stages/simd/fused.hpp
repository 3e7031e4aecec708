// Multiplies and adds with one rounding on every instruction set, so that kernels give the same bits on all
// of them. For kernels' source files only, which Highway compiles once per instruction set.
#if defined(IPET_SIMD_FUSED) == defined(HWY_TARGET_TOGGLE)
#ifdef IPET_SIMD_FUSED
#undef IPET_SIMD_FUSED
#else
#define IPET_SIMD_FUSED
#endif

#include <hwy/highway.h>

#include "stages/simd/one_rounding.hpp"

HWY_BEFORE_NAMESPACE();
namespace ipet::simd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA

template <class V>
HWY_INLINE V mul_add(V a, V b, V c) {
  return hn::MulAdd(a, b, c);
}
/// a b - c
template <class V>
HWY_INLINE V mul_sub(V a, V b, V c) {
  return hn::MulSub(a, b, c);
}
/// c - a b
template <class V>
HWY_INLINE V neg_mul_add(V a, V b, V c) {
  return hn::NegMulAdd(a, b, c);
}

#else

#if HWY_TARGET == HWY_SCALAR

template <class V>
HWY_INLINE V mul_add(V a, V b, V c) {
  return V(simd::multiply_add(a.raw, b.raw, c.raw));
}

#else

/// one_rounding.hpp, before it rounds to float: a b + c of doubles that hold floats.
template <class V>
HWY_INLINE V to_odd(V a, V b, V c) {
  const hn::DFromV<V> d;
  const hn::RebindToSigned<decltype(d)> whole;
  const V product = hn::Mul(a, b), sum = hn::Add(product, c);
  const V of_c = hn::Sub(sum, product);
  const V lost = hn::Add(hn::Sub(product, hn::Sub(sum, of_c)), hn::Sub(c, of_c));
  const V zero = hn::Zero(d);
  const auto above = hn::VecFromMask(d, hn::Gt(lost, zero)), below = hn::VecFromMask(d, hn::Lt(lost, zero));
  const auto inexact = hn::BitCast(whole, hn::Or(above, below));
  const auto bits = hn::BitCast(whole, sum), one = hn::Set(whole, 1);
  const auto sign = hn::BitCast(whole, hn::BroadcastSignBit(hn::BitCast(whole, hn::Xor(sum, lost))));
  const auto step = hn::Or(sign, one);  // 1 or -1
  const auto even = hn::Sub(hn::And(bits, one), one);
  return hn::BitCast(d, hn::Add(bits, hn::And(step, hn::And(inexact, even))));
}

/// For vectors of four floats.
template <class V>
HWY_INLINE V mul_add(V a, V b, V c) {
  const hn::DFromV<V> d;
  const hn::Half<decltype(d)> half;
  const hn::Repartition<double, decltype(d)> wide;
  const auto low =
      to_odd(hn::PromoteTo(wide, hn::LowerHalf(half, a)), hn::PromoteTo(wide, hn::LowerHalf(half, b)),
             hn::PromoteTo(wide, hn::LowerHalf(half, c)));
  const auto high =
      to_odd(hn::PromoteTo(wide, hn::UpperHalf(half, a)), hn::PromoteTo(wide, hn::UpperHalf(half, b)),
             hn::PromoteTo(wide, hn::UpperHalf(half, c)));
  return hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
}

#endif

template <class V>
HWY_INLINE V mul_sub(V a, V b, V c) {
  return mul_add(a, b, hn::Neg(c));
}
template <class V>
HWY_INLINE V neg_mul_add(V a, V b, V c) {
  return mul_add(hn::Neg(a), b, c);
}

#endif

}  // namespace ipet::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
