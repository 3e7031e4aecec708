#include "stages/generator/kernel.hpp"

#include <algorithm>
#include <vector>

#include "stages/generator/portable.hpp"
#include "stages/simd/simd.hpp"
#include "stages/simd/simd_targets.hpp"
#include "stages/simd/workspace.hpp"

// Highway compiles the part between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "stages/generator/kernel.cpp"
#include <hwy/foreach_target.h>
// Behind it.
#include <hwy/highway.h>

#include "stages/simd/fused.hpp"

HWY_BEFORE_NAMESPACE();
namespace ipet::generator::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR  // no vectors, so no pairs of lanes

using portable::Activate;
using portable::AddRows;
using portable::DrawLatents;
using portable::Evaluate;
using portable::Gradients;

#else

namespace hn = hwy::HWY_NAMESPACE;
using simd::HWY_NAMESPACE::mul_add;
using simd::HWY_NAMESPACE::neg_mul_add;
using F = hn::ScalableTag<float>;
/// Outputs are a multiple of four: what does not fill a vector is done four at a time.
using F4 = hn::CappedTag<float, 4>;
template <class D>
using Words = hn::RebindToUnsigned<D>;

/// Calls body(tag, position) for vectors that cover 0 .. size.
template <class Body>
HWY_INLINE void for_each_vector(std::size_t size, const Body& body) {
  const F d;
  const F4 d4;
  std::size_t j = 0;
  for (; j + hn::Lanes(d) <= size; j += hn::Lanes(d)) body(d, j);
  for (; j + hn::Lanes(d4) <= size; j += hn::Lanes(d4)) body(d4, j);
}

// ---- random numbers

/// Both halves of the 64-bit products.
template <class D, class V>
HWY_INLINE void multiply(D d, V a, V factor, V& high, V& low) {
  const hn::Repartition<std::uint64_t, D> wide;
  const auto even = hn::MulEven(a, factor), odd = hn::MulEven(hn::Shuffle2301(a), factor);
  low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
  high = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, even))));
}

/// Philox4x32-10 on the counters in `c`.
template <class D, class V>
HWY_INLINE void mix_words(D d, std::uint64_t key, V (&c)[4]) {
  const V m0 = hn::Set(d, 0xD2511F53U), m1 = hn::Set(d, 0xCD9E8D57U);
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    V high0, low0, high1, low1;
    multiply(d, c[0], m0, high0, low0);
    multiply(d, c[2], m1, high1, low1);
    c[0] = hn::Xor(hn::Xor(high1, c[1]), hn::Set(d, k0));
    c[1] = low1;
    c[2] = hn::Xor(hn::Xor(high0, c[3]), hn::Set(d, k1));
    c[3] = low0;
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
}

/// Sine and cosine of pi/2 f, |f| <= 1/2, by their Taylor series.
template <class D, class V>
HWY_INLINE void sine_cosine(D d, V f, V& sine, V& cosine) {
  const V x = hn::Mul(f, hn::Set(d, 1.57079633F)), y = hn::Mul(x, x);
  V s = hn::Set(d, 1.0F / 362880), c = hn::Set(d, 1.0F / 40320);
  for (const float next : {-1.0F / 5040, 1.0F / 120, -1.0F / 6, 1.0F}) s = mul_add(s, y, hn::Set(d, next));
  for (const float next : {-1.0F / 720, 1.0F / 24, -0.5F, 1.0F}) c = mul_add(c, y, hn::Set(d, next));
  sine = hn::Mul(s, x);
  cosine = c;
}

/// ln 2 in two parts, the first one of so few bits that multiples of it are exact.
constexpr float ln_2_begin = 0.693359375F, ln_2_rest = -2.12194440e-4F;

/// ln x of normal x > 0. x = 2^n m, m from sqrt(1/2) on; ln m = 2 artanh s with s = (m - 1) / (m + 1), by its
/// Taylor series: |s| < 0.172.
template <class D, class V>
HWY_INLINE V logarithm(D d, V x) {
  const hn::RebindToSigned<D> whole;
  const auto bits = hn::BitCast(whole, x);
  const auto n = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(whole, 0x3F3504F3)));  // bits of sqrt(1/2)
  const V m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(n))), one = hn::Set(d, 1.0F);
  const V s = hn::Div(hn::Sub(m, one), hn::Add(m, one)), y = hn::Mul(s, s);
  V sum = hn::Set(d, 2.0F / 9);
  for (const float next : {2.0F / 7, 2.0F / 5, 2.0F / 3, 2.0F}) sum = mul_add(sum, y, hn::Set(d, next));
  const V power = hn::ConvertTo(d, n);
  return mul_add(power, hn::Set(d, ln_2_begin), mul_add(power, hn::Set(d, ln_2_rest), hn::Mul(s, sum)));
}

/// Two normal numbers from two words each: kernel.hpp has the formula.
template <class D, class W, class V>
HWY_INLINE void normals(D d, W a, W b, V& first, V& second) {
  const Words<D> words;
  const hn::RebindToSigned<D> whole;
  const auto number = hn::Add(hn::BitCast(whole, hn::ShiftRight<8>(a)), hn::Set(whole, 1));
  const V share = hn::Mul(hn::ConvertTo(d, number), hn::Set(d, 0x1p-24F));
  const V squared = hn::Max(hn::Mul(logarithm(d, share), hn::Set(d, -2.0F)), hn::Zero(d));
  const V radius = hn::Sqrt(squared);
  const V f = hn::Mul(hn::ConvertTo(d, hn::BitCast(whole, hn::ShiftLeft<2>(b))), hn::Set(d, 0x1p-32F));
  V sine, cosine;
  sine_cosine(d, f, sine, cosine);
  // Quarter turns: an odd number swaps them; cosine is negative in quarters 1 and 2, sine in 2 and 3.
  const auto top = hn::Set(words, 0x80000000U);
  const auto odd = hn::And(hn::ShiftLeft<1>(b), top), half = hn::And(b, top);
  const auto swap = hn::RebindMask(d, hn::Ne(odd, hn::Zero(words)));
  const V c = hn::IfThenElse(swap, sine, cosine), s = hn::IfThenElse(swap, cosine, sine);
  first = hn::Mul(radius, hn::Xor(c, hn::BitCast(d, hn::Xor(odd, half))));
  second = hn::Mul(radius, hn::Xor(s, hn::BitCast(d, half)));
}

constexpr std::size_t blocks = latent_size / 4;
static_assert(latent_size % 4 == 0);

void DrawLatents(std::uint64_t key, std::uint64_t first, std::size_t count, float* z) {
  const F d;
  const Words<F> words;
  const std::size_t lanes = hn::Lanes(d);
  constexpr std::size_t together = 64;  // vectors z
  // Counters of all blocks, one vector z after the other; then some that fill the last vector register.
  constexpr std::size_t room = together * blocks + hn::MaxLanes(F());
  HWY_ALIGN std::uint32_t low[room], high[room], block[room];
  HWY_ALIGN float numbers[4 * room];
  for (std::size_t done = 0; done < count; done += together) {
    const std::size_t n = std::min(together, count - done);
    std::size_t at = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t index = first + done + i;
      for (std::uint32_t b = 0; b < blocks; ++b, ++at) {
        low[at] = static_cast<std::uint32_t>(index);
        high[at] = static_cast<std::uint32_t>(index >> 32);
        block[at] = b;
      }
    }
    for (; at % lanes != 0; ++at) low[at] = high[at] = block[at] = 0;
    for (std::size_t i = 0; i < at; i += lanes) {
      hn::Vec<Words<F>> c[4] = {hn::Load(words, low + i), hn::Load(words, high + i),
                                hn::Load(words, block + i), hn::Zero(words)};
      mix_words(words, key, c);
      hn::Vec<F> n0, n1, n2, n3;
      normals(d, c[0], c[1], n0, n1);
      normals(d, c[2], c[3], n2, n3);
      hn::StoreInterleaved4(n0, n1, n2, n3, d, numbers + 4 * i);
    }
    std::copy_n(numbers, n * latent_size, z + done * latent_size);
  }
}

// ---- generators

/// Adding it rounds to a whole number, halves to the even one; the lower bits are that number.
constexpr float to_whole = 12582912.0F;  // 1.5 * 2^23

/// 1 / (1 + e^-x), x limited to +-87. e^y = 2^n e^r, |r| <= ln 2 / 2, by the Taylor series of e^r.
template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V y = hn::Min(hn::Max(hn::Neg(x), hn::Set(d, -87.0F)), hn::Set(d, 87.0F));
  const V shifted = mul_add(y, hn::Set(d, 1.44269504F), hn::Set(d, to_whole));
  const V n = hn::Sub(shifted, hn::Set(d, to_whole));
  V r = neg_mul_add(n, hn::Set(d, ln_2_begin), y);
  r = neg_mul_add(n, hn::Set(d, ln_2_rest), r);
  V sum = hn::Set(d, 1.0F / 5040);
  HWY_UNROLL(7)
  for (const float next : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F})
    sum = mul_add(sum, r, hn::Set(d, next));
  const Words<D> words;
  const V e =
      hn::BitCast(d, hn::Add(hn::BitCast(words, sum), hn::ShiftLeft<23>(hn::BitCast(words, shifted))));
  const V one = hn::Set(d, 1.0F);
  return hn::Div(one, hn::Add(one, e));
}

/// bias + z weight for `count` vectors of outputs from `j` on.
template <std::size_t count, class D>
HWY_INLINE void add_up(D d, const Dense& dense, const float* z, std::size_t j, hn::Vec<D> (&sum)[count]) {
  const std::size_t lanes = hn::Lanes(d);
  HWY_UNROLL(10)
  for (std::size_t v = 0; v < count; ++v) sum[v] = hn::LoadU(d, dense.bias + j + v * lanes);
  const float* weight = dense.weight + j;
  for (std::size_t k = 0; k < latent_size; ++k, weight += dense.outputs) {
    const auto factor = hn::Set(d, z[k]);
    HWY_UNROLL(10)
    for (std::size_t v = 0; v < count; ++v)
      sum[v] = mul_add(factor, hn::LoadU(d, weight + v * lanes), sum[v]);
  }
}

/// Calls store(tag, position, activation) for all outputs of a vector z.
template <class Store>
HWY_INLINE void for_each_activation(const Dense& dense, const float* z, const Store& store) {
  const F d;
  constexpr std::size_t together = 10;  // sums in registers: all of 40 slots with AVX-512
  const std::size_t lanes = hn::Lanes(d);
  std::size_t begin = 0;
  for (; begin + together * lanes <= dense.outputs; begin += together * lanes) {
    hn::Vec<F> sum[together];
    add_up<together>(d, dense, z, begin, sum);
    HWY_UNROLL(10)
    for (std::size_t v = 0; v < together; ++v) store(d, begin + v * lanes, sigmoid(d, sum[v]));
  }
  for_each_vector(dense.outputs - begin, [&](auto tag, std::size_t j) HWY_ATTR {
    hn::Vec<decltype(tag)> sum[1];
    add_up<1>(tag, dense, z, begin + j, sum);
    store(tag, begin + j, sigmoid(tag, sum[0]));
  });
}

/// Weights at a cache line, which are loaded in half the time, where there are enough vectors z to be worth
/// the copy.
HWY_INLINE Dense aligned(const Dense& dense, std::size_t count) {
  constexpr std::size_t worth = 8, line = 64;
  const bool lies_well = reinterpret_cast<std::uintptr_t>(dense.weight) % line == 0;
  if (count < worth || lies_well) return dense;
  static thread_local std::vector<float, fingerprint::LineAllocator<float>> copy;
  copy.assign(dense.weight, dense.weight + latent_size * dense.outputs);
  return {copy.data(), dense.bias, dense.outputs};
}

/// make_row of perturbation_rows.hpp on pairs of lanes: packets in the even ones, bytes in the odd ones.
class Rows {
 public:
  explicit Rows(const RowScale& scale) : scale_(scale) {
    const RowRule& rule = scale.rule;
    packet_limit_ = rule.packet_limit;
    if (rule.feasible && rule.minimum_size > 0)
      packet_limit_ = std::min(packet_limit_, static_cast<float>(rule.byte_limit / rule.minimum_size));
  }
  template <class D, class V>
  HWY_INLINE V real(D d, V activation) const {
    return hn::Mul(activation, pair(d, scale_.packets, scale_.bytes));
  }
  /// Activations are 0 .. 1, so what is rounded is 0 .. 65535.
  template <class D, class V>
  HWY_INLINE V whole(D d, V activation) const {
    const V magic = hn::Set(d, to_whole), zero = hn::Zero(d);
    V x = hn::Sub(hn::Add(real(d, activation), magic), magic);
    x = hn::Min(x, pair(d, packet_limit_, scale_.rule.byte_limit));
    if (!scale_.rule.feasible) return x;
    const V other = hn::Shuffle2301(x);
    const V least = hn::Mul(other, pair(d, 0.0F, static_cast<float>(scale_.rule.minimum_size)));
    return hn::IfThenElseZero(hn::Gt(hn::Mul(x, other), zero), hn::Max(x, least));
  }

  template <class D>
  static HWY_INLINE hn::Vec<D> pair(D d, float packets, float bytes) {
    return hn::OddEven(hn::Set(d, bytes), hn::Set(d, packets));
  }

 private:
  RowScale scale_;
  float packet_limit_ = 0;
};

void Activate(const Dense& given, const float* z, std::size_t count, float* out) {
  const Dense dense = aligned(given, count);
  for (std::size_t i = 0; i < count; ++i, z += latent_size, out += dense.outputs)
    for_each_activation(dense, z,
                        [out](auto d, std::size_t j, auto value) HWY_ATTR { hn::StoreU(value, d, out + j); });
}

void Evaluate(const Dense& given, const RowScale& scale, const float* z, std::size_t count,
              std::uint16_t* out) {
  const Dense dense = aligned(given, count);
  const Rows rows(scale);
  for (std::size_t i = 0; i < count; ++i, z += latent_size, out += dense.outputs)
    for_each_activation(dense, z, [&](auto d, std::size_t j, auto value) HWY_ATTR {
      const hn::Rebind<std::uint16_t, decltype(d)> small;
      const auto bits =
          hn::BitCast(Words<decltype(d)>(), hn::Add(rows.whole(d, value), hn::Set(d, to_whole)));
      hn::StoreU(hn::TruncateTo(small, bits), small, out + j);
    });
}

void AddRows(const RowScale& scale, bool whole, const float* activation, std::size_t size, float* windows) {
  const Rows rows(scale);
  for_each_vector(size, [&](auto d, std::size_t j) HWY_ATTR {
    const auto value = hn::LoadU(d, activation + j);
    const auto added = whole ? rows.whole(d, value) : rows.real(d, value);
    hn::StoreU(hn::Add(hn::LoadU(d, windows + j), added), d, windows + j);
  });
}

/// of_rows becomes the gradient of z weight + bias.
HWY_INLINE void to_sums(const RowScale& scale, const float* activation, std::size_t size, float* of_rows) {
  for_each_vector(size, [&](auto d, std::size_t j) HWY_ATTR {
    const auto a = hn::LoadU(d, activation + j);
    const auto slope = hn::Mul(a, hn::Sub(hn::Set(d, 1.0F), a));
    const auto limits = Rows::pair(d, scale.packets, scale.bytes);
    hn::StoreU(hn::Mul(hn::LoadU(d, of_rows + j), hn::Mul(limits, slope)), d, of_rows + j);
  });
}

void Gradients(const RowScale& scale, const float* z, const float* activation, std::size_t count,
               std::size_t outputs, float* of_rows, float* result) {
  to_sums(scale, activation, count * outputs, of_rows);
  constexpr std::size_t together = 10;
  static_assert(latent_size % together == 0);
  for_each_vector(outputs, [&](auto d, std::size_t j) HWY_ATTR {
    for (std::size_t k = 0; k < latent_size; k += together) {
      hn::Vec<decltype(d)> sum[together];
      for (auto& each : sum) each = hn::Zero(d);
      for (std::size_t n = 0; n < count; ++n) {
        const auto gradient = hn::LoadU(d, of_rows + n * outputs + j);
        for (std::size_t i = 0; i < together; ++i)
          sum[i] = mul_add(hn::Set(d, z[n * latent_size + k + i]), gradient, sum[i]);
      }
      for (std::size_t i = 0; i < together; ++i) hn::StoreU(sum[i], d, result + (k + i) * outputs + j);
    }
    auto sum = hn::Zero(d);
    for (std::size_t n = 0; n < count; ++n) sum = hn::Add(sum, hn::LoadU(d, of_rows + n * outputs + j));
    hn::StoreU(sum, d, result + latent_size * outputs + j);
  });
}

#endif

}  // namespace ipet::generator::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ipet::generator {

HWY_EXPORT(DrawLatents);
HWY_EXPORT(Activate);
HWY_EXPORT(Evaluate);
HWY_EXPORT(AddRows);
HWY_EXPORT(Gradients);

std::array<std::uint32_t, 4> random_words(std::uint64_t key, std::uint64_t index, std::uint32_t block) {
  std::array<std::uint32_t, 4> c = {static_cast<std::uint32_t>(index),
                                    static_cast<std::uint32_t>(index >> 32), block, 0};
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * c[0], b = std::uint64_t{0xCD9E8D57U} * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(a)};
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return c;
}

void draw_latents(std::uint64_t key, std::uint64_t first, std::size_t count, float* z) {
  fingerprint::choose_simd();
  HWY_DYNAMIC_DISPATCH(DrawLatents)(key, first, count, z);
}
void activate(const Dense& dense, const float* z, std::size_t count, float* out) {
  fingerprint::choose_simd();
  HWY_DYNAMIC_DISPATCH(Activate)(dense, z, count, out);
}
void evaluate(const Dense& dense, const RowScale& scale, const float* z, std::size_t count,
              std::uint16_t* out) {
  fingerprint::choose_simd();
  HWY_DYNAMIC_DISPATCH(Evaluate)(dense, scale, z, count, out);
}
void add_rows(const RowScale& scale, bool whole, const float* activation, std::size_t size, float* windows) {
  fingerprint::choose_simd();
  HWY_DYNAMIC_DISPATCH(AddRows)(scale, whole, activation, size, windows);
}
void gradients(const RowScale& scale, const float* z, const float* activation, std::size_t count,
               std::size_t outputs, float* of_rows, float* result) {
  fingerprint::choose_simd();
  HWY_DYNAMIC_DISPATCH(Gradients)(scale, z, activation, count, outputs, of_rows, result);
}

}  // namespace ipet::generator
#endif
