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
#include <cstddef>
#include <cstdint>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ipet::fingerprint::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
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

/// e^(scale x) as the product of `fraction` and `power`, to about 1e-7 relative, for |scale x| <= 80: 2^n
/// times a polynomial for 2^r, |r| <= 1/2, whose largest relative error is the smallest.
struct Exponential {
  Vector fraction, power;
};
HWY_INLINE Exponential exponential(Vector x, float scale) {
  const Vector to_base_2 = all(scale * 1.44269504F);
  const Vector round_to_whole = all(12582912.0F + 127.0F);  // 1.5 * 2^23: no room for a fraction
  const Vector shifted = hn::MulAdd(x, to_base_2, round_to_whole);
  const Vector r = hn::MulSub(x, to_base_2, hn::Sub(shifted, round_to_whole));
  Vector sum = all(0.001326472731307149F);
  sum = hn::MulAdd(sum, r, all(0.009671512991189957F));
  sum = hn::MulAdd(sum, r, all(0.05550733581185341F));
  sum = hn::MulAdd(sum, r, all(0.24022242426872253F));
  sum = hn::MulAdd(sum, r, all(0.6931470036506653F));
  sum = hn::MulAdd(sum, r, all(1.0F));
  // The lowest bits of `shifted` are n + 127, the exponent of 2^n.
  const hn::RebindToUnsigned<Tag> bits;
  return {sum, hn::BitCast(tag, hn::ShiftLeft<23>(hn::BitCast(bits, shifted)))};
}

// Division is the scarce operation: functions are kept as fractions, and several share one division.
// Arguments are clamped so that the product of four denominators stays finite: sigmoid(20) rounds to 1.
constexpr float largest_exponent = 20.0F;

/// 1 / sigmoid(x)
HWY_INLINE Vector sigmoid_denominator(Vector x) {
  const Exponential e = exponential(clamp(x, largest_exponent), -1.0F);
  return hn::MulAdd(e.fraction, e.power, all(1.0F));
}
/// tanh(x) = (e^2x - 1) / (e^2x + 1)
struct Fraction {
  Vector numerator, denominator;
};
HWY_INLINE Fraction tangent(Vector x) {
  const Exponential e = exponential(clamp(x, largest_exponent / 2), 2.0F);
  return {hn::MulSub(e.fraction, e.power, all(1.0F)), hn::MulAdd(e.fraction, e.power, all(1.0F))};
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
/// a - a^2, the derivative of the sigmoid whose value is a.
HWY_INLINE Vector slope_of_sigmoid(Vector a) {
  return hn::NegMulAdd(a, a, a);
}
/// 1 - a^2, that of the hyperbolic tangent.
HWY_INLINE Vector slope_of_tangent(Vector a) {
  return hn::NegMulAdd(a, a, all(1.0F));
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

/// Copies up to `lanes` samples [sample, columns] to the rows of `to`, one per column; missing samples are 0.
inline void to_lanes(const float* from, std::size_t samples, std::size_t columns, Cursor to) {
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
/// And back.
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
    for (std::size_t i = 0; i < tile; ++i) sum[i] = hn::MulAdd(all(weights[i]), value, sum[i]);
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

// ---- Gradients of weights: sums over steps and samples of x[row] times the gradient of a gate.

/// Rows of consecutive time steps.
struct Series {
  const float* first;
  std::ptrdiff_t stride;  ///< numbers from one step to the next; negative where slots are visited in reverse
  std::size_t rows;       ///< that count
};

/// `count` rows and `across` gates, added to `sums` [row, gate, lane].
template <std::size_t count, std::size_t across>
HWY_INLINE void outer_tile(std::size_t steps, const Series& x, std::size_t row, const Series& gradient,
                           std::size_t gate, float* sums) {
  Vector sum[count][across];
  float* to = sums + (row * gradient.rows + gate) * lanes;
  const std::size_t stride = gradient.rows * lanes;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < count; ++r)
#pragma GCC unroll 16
    for (std::size_t k = 0; k < across; ++k) sum[r][k] = load(to + r * stride + k * lanes);
  const float* left = x.first + row * lanes;
  const float* right = gradient.first + gate * lanes;
  for (std::size_t step = 0; step < steps; ++step, left += x.stride, right += gradient.stride) {
    Vector factor[count];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < count; ++r) factor[r] = load(left + r * lanes);
#pragma GCC unroll 16
    for (std::size_t k = 0; k < across; ++k) {
      const Vector value = load(right + k * lanes);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < count; ++r) sum[r][k] = hn::MulAdd(factor[r], value, sum[r][k]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < count; ++r)
#pragma GCC unroll 16
    for (std::size_t k = 0; k < across; ++k) store(to + r * stride + k * lanes, sum[r][k]);
}
/// For all rows and gates.
HWY_INLINE void outer(std::size_t steps, const Series& x, const Series& gradient, float* sums) {
  constexpr std::size_t count = lanes == 16 ? 4 : 2, across = 4;
  std::size_t gate = 0;
  for (; gate + across <= gradient.rows; gate += across) {
    std::size_t row = 0;
    for (; row + count <= x.rows; row += count)
      outer_tile<count, across>(steps, x, row, gradient, gate, sums);
    for (; row < x.rows; ++row) outer_tile<1, across>(steps, x, row, gradient, gate, sums);
  }
  for (; gate < gradient.rows; ++gate)
    for (std::size_t row = 0; row < x.rows; ++row) outer_tile<1, 1>(steps, x, row, gradient, gate, sums);
}

/// Adds the rows up over the steps, to `sums` [row, lane].
HWY_INLINE void add_steps(std::size_t steps, const Series& series, float* sums) {
  for (std::size_t row = 0; row < series.rows; ++row) {
    const float* from = series.first + row * lanes;
    Vector sum = load(sums + row * lanes);
    for (std::size_t step = 0; step < steps; ++step, from += series.stride) sum = hn::Add(sum, load(from));
    store(sums + row * lanes, sum);
  }
}

/// Adds up the positions of `sums` [part, rows, lane], in their order, for `count` rows from `row`.
inline void reduce(const float* sums, std::size_t rows, std::size_t row, std::size_t count, float* to) {
  for (std::size_t i = 0; i < count; ++i) {
    float total = 0;
    for (std::size_t part = 0; part < parts; ++part)
      for (std::size_t lane = 0; lane < lanes; ++lane) total += sums[(part * rows + row + i) * lanes + lane];
    to[i] = total;
  }
}

}  // namespace ipet::fingerprint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
