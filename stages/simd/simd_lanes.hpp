// What the kernels of recurrent layers share: samples lie side by side in the lanes of vector registers, so
// that every operation of a time step is a vector operation whatever the width of the layer. A block is as
// many samples as a register holds; its arrays are [slot, row, lane].
//
// For kernels' source files only, which Highway compiles once per instruction set. Sums come out as the same
// bits whatever the number of lanes: each lane adds up in the order of blocks and steps, and what is summed
// over samples is summed for each of 16 positions first (sample number modulo 16), and then over those.
#if defined(IPET_FINGERPRINT_LANES) == defined(HWY_TARGET_TOGGLE)
#ifdef IPET_FINGERPRINT_LANES
#undef IPET_FINGERPRINT_LANES
#else
#define IPET_FINGERPRINT_LANES
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <hwy/highway.h>

#include "stages/simd/fused.hpp"

HWY_BEFORE_NAMESPACE();
namespace ipet::fingerprint::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using simd::HWY_NAMESPACE::mul_add;
using simd::HWY_NAMESPACE::mul_sub;
using simd::HWY_NAMESPACE::neg_mul_add;
using Tag = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Tag>;
constexpr Tag tag;
constexpr std::size_t lanes = hn::MaxLanes(Tag());
/// Sums over samples are kept for each of so many positions.
constexpr std::size_t positions = 16, parts = positions / lanes;

HWY_INLINE Vector load(const float* from) {
  return hn::Load(tag, from);
}
HWY_INLINE void store(float* to, Vector value) {
  hn::Store(value, tag, to);
}
HWY_INLINE Vector all(float value) {
  return hn::Set(tag, value);
}

/// Within +-limit; NaN stays NaN.
HWY_INLINE Vector clamp(Vector x, float limit) {
  const Vector low = all(-limit), high = all(limit);
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  return hn::Min(high, hn::Max(low, x));  // x86: the second one where either is NaN
#else
  x = hn::IfThenElse(hn::Lt(x, low), low, x);
  return hn::IfThenElse(hn::Gt(x, high), high, x);
#endif
}

// Functions of several arguments at once, step by step: a processor cannot look far enough ahead to overlap
// long chains of operations by itself. Division is the scarce operation: results are kept as fractions, of
// which several share one division. Arguments are clamped so that the product of four denominators stays
// finite; sigmoid(20) rounds to 1.
constexpr float largest_exponent = 20.0F;

/// e^(scale x) as the products of `fraction` and `power`, to about 1e-7 relative: 2^n times a polynomial for
/// 2^r, |r| <= 1/2, whose largest relative error is the smallest. Scales are 1, -1 or 2.
template <std::size_t count>
struct Exponentials {
  Vector fraction[count], power[count];
};
template <std::size_t count>
HWY_INLINE void exponentials(const Vector (&x)[count], const float (&scale)[count], Exponentials<count>& to) {
  const hn::RebindToUnsigned<Tag> bits;
  const Vector round_to_whole = all(12582912.0F + 127.0F);  // 1.5 * 2^23: no room for a fraction
  const float coefficients[] = {0.009671512991189957F, 0.05550733581185341F, 0.24022242426872253F,
                                0.6931470036506653F, 1.0F};
  Vector r[count], shifted[count];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i) r[i] = clamp(x[i], largest_exponent / std::abs(scale[i]));
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i)
    shifted[i] = mul_add(r[i], all(scale[i] * 1.44269504F), round_to_whole);
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i)
    r[i] = mul_sub(r[i], all(scale[i] * 1.44269504F), hn::Sub(shifted[i], round_to_whole));
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i) to.fraction[i] = all(0.001326472731307149F);
#pragma GCC unroll 16
  for (const float coefficient : coefficients)
#pragma GCC unroll 16
    for (std::size_t i = 0; i < count; ++i) to.fraction[i] = mul_add(to.fraction[i], r[i], all(coefficient));
      // The lowest bits of `shifted` are n + 127, the exponent of 2^n.
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i)
    to.power[i] = hn::BitCast(tag, hn::ShiftLeft<23>(hn::BitCast(bits, shifted[i])));
}

/// tanh(x) = (e^2x - 1) / (e^2x + 1)
template <std::size_t count>
struct Fractions {
  Vector numerator[count], denominator[count];
};
template <std::size_t count>
HWY_INLINE void tangents(const Vector (&x)[count], Fractions<count>& to) {
  float scale[count];
  std::fill_n(scale, count, 2.0F);
  Exponentials<count> e;
  exponentials(x, scale, e);
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i) {
    to.numerator[i] = mul_sub(e.fraction[i], e.power[i], all(1.0F));
    to.denominator[i] = mul_add(e.fraction[i], e.power[i], all(1.0F));
  }
}
/// 1 / a and 1 / b with one division.
HWY_INLINE void invert(Vector& a, Vector& b) {
  const Vector both = hn::Div(all(1.0F), hn::Mul(a, b)), of_a = hn::Mul(both, b);
  b = hn::Mul(both, a);
  a = of_a;
}
/// The same for four.
HWY_INLINE void invert(Vector& a, Vector& b, Vector& c, Vector& d) {
  Vector left = hn::Mul(a, b), right = hn::Mul(c, d);
  invert(left, right);
  const Vector of_a = hn::Mul(left, b), of_c = hn::Mul(right, d);
  b = hn::Mul(left, a);
  d = hn::Mul(right, c);
  a = of_a;
  c = of_c;
}
/// tanh(x) of all, a division for two.
template <std::size_t count>
HWY_INLINE void tangents(Vector (&x)[count]) {
  Fractions<count> f;
  tangents(x, f);
#pragma GCC unroll 16
  for (std::size_t i = 0; i + 2 <= count; i += 2) invert(f.denominator[i], f.denominator[i + 1]);
  if (count % 2 == 1) f.denominator[count - 1] = hn::Div(all(1.0F), f.denominator[count - 1]);
#pragma GCC unroll 16
  for (std::size_t i = 0; i < count; ++i) x[i] = hn::Mul(f.numerator[i], f.denominator[i]);
}
/// So many in one go: as registers allow.
constexpr std::size_t functions_together = lanes == 16 ? 8 : 4;

/// a - a^2, the derivative of the sigmoid whose value is a.
HWY_INLINE Vector slope_of_sigmoid(Vector a) {
  return neg_mul_add(a, a, a);
}
/// 1 - a^2, that of the hyperbolic tangent.
HWY_INLINE Vector slope_of_tangent(Vector a) {
  return neg_mul_add(a, a, all(1.0F));
}

/// Rows per slot of an array [slot, row, lane] that is read along its slots: odd, so that one row of many
/// slots spreads over all sets of the cache.
constexpr std::size_t spread(std::size_t rows) {
  return rows | 1;
}

// ---- Between [sample, column] and [column, lane].

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
/// Rows become columns.
HWY_INLINE void transpose(Vector (&v)[lanes]) {
  for (std::size_t g = 0; g < lanes; g += 4) {  // squares of four within blocks of four lanes
    const Vector a = hn::InterleaveLower(tag, v[g], v[g + 2]), b = hn::InterleaveUpper(tag, v[g], v[g + 2]);
    const Vector c = hn::InterleaveLower(tag, v[g + 1], v[g + 3]),
                 d = hn::InterleaveUpper(tag, v[g + 1], v[g + 3]);
    v[g] = hn::InterleaveLower(tag, a, c);
    v[g + 1] = hn::InterleaveUpper(tag, a, c);
    v[g + 2] = hn::InterleaveLower(tag, b, d);
    v[g + 3] = hn::InterleaveUpper(tag, b, d);
  }
  for (std::size_t c = 0; c < 4; ++c) {  // then the blocks
#if HWY_TARGET == HWY_AVX2
    const Vector low = v[c], high = v[c + 4];
    v[c] = hn::ConcatLowerLower(tag, high, low);
    v[c + 4] = hn::ConcatUpperUpper(tag, high, low);
#else
    const Vector even = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(v[c + 4]), v[c]),
                 odd = hn::OddEvenBlocks(v[c + 4], hn::SwapAdjacentBlocks(v[c])),
                 later_even = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(v[c + 12]), v[c + 8]),
                 later_odd = hn::OddEvenBlocks(v[c + 12], hn::SwapAdjacentBlocks(v[c + 8]));
    v[c] = hn::ConcatLowerLower(tag, later_even, even);
    v[c + 4] = hn::ConcatLowerLower(tag, later_odd, odd);
    v[c + 8] = hn::ConcatUpperUpper(tag, later_even, even);
    v[c + 12] = hn::ConcatUpperUpper(tag, later_odd, odd);
#endif
  }
}
#else
inline void transpose(Vector (&v)[lanes]) {
  HWY_ALIGN float from[lanes][lanes], to[lanes][lanes];
  for (std::size_t i = 0; i < lanes; ++i) store(from[i], v[i]);
  for (std::size_t i = 0; i < lanes; ++i)
    for (std::size_t k = 0; k < lanes; ++k) to[k][i] = from[i][k];
  for (std::size_t i = 0; i < lanes; ++i) v[i] = load(to[i]);
}
#endif

/// Goes through the rows of consecutive slots.
class Cursor {
 public:
  Cursor(float* first, std::size_t rows, std::size_t rows_per_slot)
      : at_(first), rows_(rows), left_(rows), skipped_((rows_per_slot - rows) * lanes) {}
  HWY_INLINE float* next() {
    if (left_ == 0) {
      left_ = rows_;
      at_ += skipped_;
    }
    --left_;
    at_ += lanes;
    return at_ - lanes;
  }

 private:
  float* at_;
  std::size_t rows_, left_, skipped_;
};

/// Goes through the same rows of strips of four: [row / 4, slot, row % 4, lane].
class StripCursor {
 public:
  StripCursor(float* first, std::size_t rows, std::size_t slots)
      : slot_(first), at_(first), rows_(rows), group_(4 * slots * lanes) {}
  HWY_INLINE float* next() {
    if (row_ == rows_) {
      row_ = 0;
      slot_ += 4 * lanes;
      at_ = slot_;
    }
    float* const here = at_ + row_ % 4 * lanes;
    if (++row_ % 4 == 0) at_ += group_;
    return here;
  }

 private:
  float *slot_, *at_;
  std::size_t rows_, group_, row_ = 0;
};

/// Copies up to `lanes` samples [sample, columns] to the rows of `to`, one per column; missing samples are 0.
template <class Place>
inline void to_lanes(const float* from, std::size_t samples, std::size_t columns, Place to) {
  std::size_t c = 0;
  for (; c + lanes <= columns; c += lanes) {
    Vector square[lanes];
    for (std::size_t s = 0; s < lanes; ++s)
      square[s] = s < samples ? hn::LoadU(tag, from + s * columns + c) : hn::Zero(tag);
    transpose(square);
    for (std::size_t i = 0; i < lanes; ++i) store(to.next(), square[i]);
  }
  for (; c < columns; ++c) {
    float* row = to.next();
    for (std::size_t s = 0; s < lanes; ++s) row[s] = s < samples ? from[s * columns + c] : 0.0F;
  }
}
/// The way back from lanes to samples.
inline void from_lanes(Cursor from, std::size_t samples, std::size_t columns, float* to) {
  std::size_t c = 0;
  for (; c + lanes <= columns; c += lanes) {
    Vector square[lanes];
    for (std::size_t i = 0; i < lanes; ++i) square[i] = load(from.next());
    transpose(square);
    for (std::size_t s = 0; s < lanes && s < samples; ++s) hn::StoreU(square[s], tag, to + s * columns + c);
  }
  for (; c < columns; ++c) {
    const float* row = from.next();
    for (std::size_t s = 0; s < lanes && s < samples; ++s) to[s * columns + c] = row[s];
  }
}

// ---- Matrix [rows, count] times [count, lane]. A tile of rows is summed up in registers. What it reads of
// the matrix lies in one stream: its biases, then its weights for each row of the other factor.

constexpr std::size_t largest_tile = lanes == 16 ? 16 : 8;
/// Rows of the next tile.
constexpr std::size_t tile_of(std::size_t rows_left) {
  std::size_t tile = largest_tile;
  while (tile > rows_left) tile /= 2;
  return tile;
}

/// A matrix of weights, or some of its columns: element (row, k) lies at first[row * row_step + k * step].
struct Weights {
  const float* first;
  std::size_t count, row_step, step;
};

/// Writes rows * (1 + counts) numbers: `rows` rows of a, followed by those of b. No bias: zeros.
inline void pack(std::size_t rows, const float* bias, const Weights& a, const Weights& b, float* to) {
  for (std::size_t row = 0, tile; row < rows; row += tile) {
    tile = tile_of(rows - row);
    for (std::size_t i = 0; i < tile; ++i) *to++ = bias == nullptr ? 0.0F : bias[row + i];
    for (const Weights* w : {&a, &b})
      for (std::size_t k = 0; k < w->count; ++k)
        for (std::size_t i = 0; i < tile; ++i) *to++ = w->first[(row + i) * w->row_step + k * w->step];
  }
}
constexpr std::size_t packed_size(std::size_t rows, std::size_t count) {
  return rows * (1 + count);
}

/// Consecutive rows [count, lane].
struct Rows {
  const float* first;
  std::size_t count;
};

template <std::size_t tile>
HWY_INLINE const float* add_products(const float* weights, const Rows& x, Vector (&sum)[tile]) {
  const float* from = x.first;
  for (std::size_t k = 0; k < x.count; ++k, from += lanes, weights += tile) {
    const Vector value = load(from);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < tile; ++i) sum[i] = mul_add(all(weights[i]), value, sum[i]);
  }
  return weights;
}
template <std::size_t tile>
HWY_INLINE const float* multiply_tile(const float* packed, const Rows& a, const Rows& b, float* to) {
  Vector sum[tile];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < tile; ++i) sum[i] = all(packed[i]);
  packed = add_products<tile>(packed + tile, a, sum);
  packed = add_products<tile>(packed, b, sum);
#pragma GCC unroll 16
  for (std::size_t i = 0; i < tile; ++i) store(to + i * lanes, sum[i]);
  return packed;
}
/// bias + matrix times a and b, to `to` [rows, lane].
HWY_INLINE void multiply(std::size_t rows, const float* packed, const Rows& a, const Rows& b, float* to) {
  std::size_t left = rows;
  for (; left >= largest_tile; left -= largest_tile, to += largest_tile * lanes)
    packed = multiply_tile<largest_tile>(packed, a, b, to);
  if constexpr (largest_tile == 16) {
    if ((left & 8) != 0) packed = multiply_tile<8>(packed, a, b, to), to += 8 * lanes;
  }
  if ((left & 4) != 0) packed = multiply_tile<4>(packed, a, b, to), to += 4 * lanes;
  if ((left & 2) != 0) packed = multiply_tile<2>(packed, a, b, to), to += 2 * lanes;
  if ((left & 1) != 0) multiply_tile<1>(packed, a, b, to);
}

// ---- Gradients of weights: sums over slots and samples of x[row] times the gradient of a gate. Both lie in
// strips of four rows, [row / 4, slot, row % 4, lane], so that what a tile reads is two streams.

constexpr std::size_t strip = 4;
constexpr std::size_t strips(std::size_t rows) {
  return (rows + strip - 1) / strip;
}
constexpr std::size_t strips_size(std::size_t rows, std::size_t slots) {
  return strips(rows) * strip * slots * lanes;
}

/// Rows that a gradient is taken for, and where its sums go: [part, strip of gates, row, gate % 4, lane].
struct Factor {
  const float* first;
  std::size_t rows;
  float* sums;
};
constexpr std::size_t sums_size(std::size_t rows, std::size_t gates) {
  return strips(rows) * strip * strips(gates) * strip * positions;
}

/// Rows `row` .. `row` + count of a strip of x and a strip of gates, added to `sums` [row, gate % 4, lane].
template <std::size_t count>
HWY_INLINE void outer_tile(std::size_t slots, const float* x, const float* gates, float* sums) {
  Vector sum[count][strip];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < count; ++r)
#pragma GCC unroll 16
    for (std::size_t k = 0; k < strip; ++k) sum[r][k] = load(sums + (r * strip + k) * lanes);
  for (std::size_t t = 0; t < slots; ++t, x += strip * lanes, gates += strip * lanes) {
    Vector factor[count];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < count; ++r) factor[r] = load(x + r * lanes);
#pragma GCC unroll 16
    for (std::size_t k = 0; k < strip; ++k) {
      const Vector value = load(gates + k * lanes);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < count; ++r) sum[r][k] = mul_add(factor[r], value, sum[r][k]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < count; ++r)
#pragma GCC unroll 16
    for (std::size_t k = 0; k < strip; ++k) store(sums + (r * strip + k) * lanes, sum[r][k]);
}

/// Copies rows `gate` .. `gate` + 4 of `gates` [slot, stride], zeros where there are none, to `to` [slot, 4,
/// lane], and adds them up over the slots to `bias` [4, lane], unless it is null.
HWY_INLINE void take_strip(std::size_t slots, const float* gates, std::size_t stride, std::size_t gate,
                           std::size_t rows, float* to, float* bias) {
  const std::size_t count = std::min(strip, rows - gate);
  if (count < strip) std::fill_n(to, slots * strip * lanes, 0.0F);
  for (std::size_t k = 0; k < count; ++k) {
    const float* from = gates + (gate + k) * lanes;
    Vector sum = bias == nullptr ? hn::Zero(tag) : load(bias + k * lanes);
    for (std::size_t t = 0; t < slots; ++t, from += stride) {
      const Vector value = load(from);
      store(to + (t * strip + k) * lanes, value);
      sum = hn::Add(sum, value);
    }
    if (bias != nullptr) store(bias + k * lanes, sum);
  }
}

/// For `rows` gates [slot, stride]. `buffer` has a strip; `part`: which of the positions the block is.
template <std::size_t factors>
HWY_INLINE void outer(std::size_t slots, const float* gates, std::size_t stride, std::size_t rows,
                      const Factor (&x)[factors], float* bias, std::size_t part, float* buffer) {
  constexpr std::size_t count = lanes == 16 ? 4 : 2;
  bias += part * strips(rows) * strip * lanes;
  for (std::size_t gate = 0; gate < rows; gate += strip) {
    take_strip(slots, gates, stride, gate, rows, buffer, bias + gate * lanes);
    for (const Factor& each : x) {
      const std::size_t padded = strips(each.rows) * strip;
      float* sums = each.sums + (part * strips(rows) + gate / strip) * padded * strip * lanes;
      for (std::size_t row = 0; row < padded; row += count)
        outer_tile<count>(slots, each.first + (row / strip * slots * strip + row % strip) * lanes, buffer,
                          sums + row * strip * lanes);
    }
  }
}

/// Adds up the positions of `sums` at `at` of each part, in an order that suits vectors: halves, and halves
/// of these.
inline float reduced(const float* sums, std::size_t part_size) {
  float value[positions];
  for (std::size_t part = 0; part < parts; ++part)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      value[part * lanes + lane] = sums[part * part_size + lane];
  for (std::size_t half = positions / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) value[i] += value[i + half];
  return value[0];
}
/// To [row, gate]. place(gate): where the gate lies in the sums.
template <class Place>
inline void reduce(const Factor& x, std::size_t gates, const Place& place, float* to) {
  const std::size_t padded = strips(x.rows) * strip, part = strips(gates) * padded * strip * lanes;
  for (std::size_t row = 0; row < x.rows; ++row)
    for (std::size_t g = 0; g < gates; ++g) {
      const std::size_t from = place(g);
      *to++ = reduced(x.sums + ((from / strip * padded + row) * strip + from % strip) * lanes, part);
    }
}
/// Biases, [part, gate, lane].
template <class Place>
inline void reduce(const float* bias, std::size_t gates, const Place& place, float* to) {
  for (std::size_t g = 0; g < gates; ++g)
    *to++ = reduced(bias + place(g) * lanes, strips(gates) * strip * lanes);
}

/// The backward pass of a layer with so many states per slot, block by block. The steps are functions beside
/// the layer's `Memory`.
template <class Shape, class Memory, class Gradients>
inline void backward_blocks(const Shape& s, const Memory& memory, std::size_t states, const float* x,
                            const float* tape, const float* out_gradient, float* x_gradient,
                            const Gradients* gradients) {
  const std::size_t out_size = (s.last ? 1 : s.slots) * states;
  for (std::size_t begin = 0, block = 0; begin < s.samples; begin += lanes, ++block) {
    const std::size_t samples = std::min(lanes, s.samples - begin);
    to_lanes(out_gradient + begin * out_size, samples, out_size,
             Cursor(memory.of_out + states * lanes, states, states));
    backward_block(s, memory, const_cast<float*>(tape), block);  // only read
    if (gradients != nullptr) {
      to_lanes(x + begin * s.slots * s.inputs, samples, s.slots * s.inputs,
               StripCursor(memory.x, s.inputs, s.slots));
      add_weight_gradients(s, memory, block);
    }
    if (x_gradient != nullptr) add_x_gradients(s, memory, samples, x_gradient + begin * s.slots * s.inputs);
  }
  if (gradients != nullptr) reduce_weight_gradients(s, memory, *gradients);
}

}  // namespace ipet::fingerprint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
