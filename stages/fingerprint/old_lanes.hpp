// What the kernels of recurrent layers share: samples lie side by side in the lanes of vector registers, so
// that every operation of a time step is a vector operation whatever the width of the layer. Arrays are
// [slot, row, lane].
//
// For kernels' source files only. No fused multiply-add: the results are the same bits with every instruction
// set, and whatever rows are computed together, because each sum is added up in the same order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

// Vectors are passed between functions that are all inlined: their calling convention does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"

#define IPET_INLINE [[gnu::always_inline]] static inline

namespace ipet::fingerprint {

/// Samples side by side: one AVX-512 register, two of AVX2, four of SSE.
constexpr std::size_t lanes = 16;
typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));
typedef std::int32_t IntVector __attribute__((vector_size(lanes * sizeof(float))));
typedef std::uint32_t BitVector __attribute__((vector_size(lanes * sizeof(float))));
typedef float Unaligned __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));

/// Memory for vectors: no load crosses a cache line.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), line)); }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory, line); }
  bool operator==(const LineAllocator&) const = default;
};
using Lanes = std::vector<float, LineAllocator<float>>;

IPET_INLINE Vector load(const float* from) {
  return *reinterpret_cast<const Unaligned*>(from);
}
IPET_INLINE void store(float* to, Vector value) {
  *reinterpret_cast<Unaligned*>(to) = value;
}

/// e^x to about 1e-7 relative: 2^n times the Taylor series of e^r, |r| <= ln 2 / 2. NaN stays NaN.
IPET_INLINE Vector exponential(Vector x) {
  const Vector low = Vector{} - 87.0F, high = Vector{} + 88.0F;
  x = x < low ? low : x;
  x = x > high ? high : x;
  constexpr float round_to_whole = 12582912.0F;  // 1.5 * 2^23: adding it drops the fraction
  const Vector n = (x * 1.44269504F + round_to_whole) - round_to_whole;
  const Vector r = (x - n * 0.693359375F) + n * 2.12194440e-4F;  // ln 2 in two parts
  Vector sum = Vector{} + 1.0F / 5040;
  sum = sum * r + 1.0F / 720;
  sum = sum * r + 1.0F / 120;
  sum = sum * r + 1.0F / 24;
  sum = sum * r + 1.0F / 6;
  sum = sum * r + 0.5F;
  sum = sum * r + 1.0F;
  sum = sum * r + 1.0F;
  const auto power = reinterpret_cast<BitVector>(__builtin_convertvector(n, IntVector)) + 127U;
  return sum * reinterpret_cast<Vector>(power << 23);
}
IPET_INLINE Vector sigmoid(Vector x) {
  return 1.0F / (1.0F + exponential(-x));
}
IPET_INLINE Vector tangent(Vector x) {
  return 2.0F / (1.0F + exponential(-2.0F * x)) - 1.0F;
}

/// How much is computed together so that it stays in registers: with 32 registers of one vector each, or with
/// half as many that hold part of one.
template <bool many_registers>
constexpr std::size_t rows_together = many_registers ? 8 : 4;

/// Rows per slot of an array [slot, row, lane] that is read along its slots: odd, so that one row of many
/// slots spreads over all sets of the cache.
constexpr std::size_t spread(std::size_t rows) {
  return rows | 1;
}

/// One of the four steps of a transposition: swaps blocks of `size` times `size`.
template <std::size_t size, int... lane>
IPET_INLINE void swap_blocks(Vector (&rows)[lanes], std::integer_sequence<int, lane...>) {
  constexpr int step = size;
  for (std::size_t i = 0; i < lanes; ++i) {
    if ((i & size) != 0) continue;
    const Vector a = rows[i], b = rows[i + size];
    rows[i] = __builtin_shufflevector(a, b, ((lane & step) != 0 ? 16 + lane - step : lane)...);
    rows[i + size] = __builtin_shufflevector(a, b, ((lane & step) != 0 ? 16 + lane : lane + step)...);
  }
}
/// Copies a square: from[i * from_stride + k] to to[k * to_stride + i].
IPET_INLINE void transpose(const float* from, std::size_t from_stride, float* to, std::size_t to_stride) {
  constexpr std::make_integer_sequence<int, lanes> all;
  Vector rows[lanes];
  for (std::size_t i = 0; i < lanes; ++i) rows[i] = load(from + i * from_stride);
  swap_blocks<8>(rows, all);
  swap_blocks<4>(rows, all);
  swap_blocks<2>(rows, all);
  swap_blocks<1>(rows, all);
  for (std::size_t i = 0; i < lanes; ++i) store(to + i * to_stride, rows[i]);
}

/// Copies rows of up to `lanes` samples [sample, slot, stride] to [slot, row of to_rows, lane]; missing
/// samples are 0.
template <bool many_registers>
IPET_INLINE void to_lanes(const float* from, std::size_t samples, std::size_t slots, std::size_t stride,
                          std::size_t rows, std::size_t to_rows, float* to) {
  const std::size_t squares = many_registers && samples == lanes ? rows - rows % lanes : 0;
  for (std::size_t t = 0; t < slots; ++t, to += to_rows * lanes) {
    for (std::size_t r = 0; r < squares; r += lanes)
      transpose(from + t * stride + r, slots * stride, to + r * lanes, lanes);
    for (std::size_t r = squares; r < rows; ++r)
      for (std::size_t l = 0; l < lanes; ++l)
        to[r * lanes + l] = l < samples ? from[(l * slots + t) * stride + r] : 0.0F;
  }
}
template <bool many_registers>
IPET_INLINE void from_lanes(const float* from, std::size_t from_rows, std::size_t samples, std::size_t slots,
                            std::size_t stride, std::size_t rows, float* to) {
  const std::size_t squares = many_registers && samples == lanes ? rows - rows % lanes : 0;
  for (std::size_t t = 0; t < slots; ++t, from += from_rows * lanes) {
    for (std::size_t r = 0; r < squares; r += lanes)
      transpose(from + r * lanes, lanes, to + t * stride + r, slots * stride);
    for (std::size_t r = squares; r < rows; ++r)
      for (std::size_t l = 0; l < samples; ++l) to[(l * slots + t) * stride + r] = from[r * lanes + l];
  }
}

/// Rows `row` .. `row` + count of matrix [., columns] times `gates` [columns, lane], added to or written over
/// `to` [row, lane].
template <std::size_t count>
IPET_INLINE void multiply_rows(const float* matrix, std::size_t columns, std::size_t row, const float* gates,
                               bool add, float* to) {
  Vector sum[count];
  for (std::size_t r = 0; r < count; ++r) sum[r] = add ? load(to + (row + r) * lanes) : Vector{};
  for (std::size_t g = 0; g < columns; ++g) {
    const Vector value = load(gates + g * lanes);
    for (std::size_t r = 0; r < count; ++r) sum[r] += matrix[(row + r) * columns + g] * value;
  }
  for (std::size_t r = 0; r < count; ++r) store(to + (row + r) * lanes, sum[r]);
}
template <bool many_registers>
IPET_INLINE void multiply(const float* matrix, std::size_t rows, std::size_t columns, const float* gates,
                          bool add, float* to) {
  constexpr std::size_t count = rows_together<many_registers>;
  std::size_t row = 0;
  for (; row + count <= rows; row += count) multiply_rows<count>(matrix, columns, row, gates, add, to);
  for (; row < rows; ++row) multiply_rows<1>(matrix, columns, row, gates, add, to);
}

/// Rows of consecutive time steps.
struct Series {
  const float* first;
  std::ptrdiff_t stride;  ///< numbers from one step to the next; negative where slots are visited in reverse
  std::size_t rows;       ///< that count
};

/// Sums over `steps` of x[row] times gate gradient, lane by lane, for `count` rows and `across` gates; added
/// to `sums` [row, gate, lane].
template <std::size_t count, std::size_t across>
IPET_INLINE void outer_rows(std::size_t steps, const Series& x, std::size_t row, const Series& gradient,
                            std::size_t gate, float* sums) {
  Vector sum[count][across];
  float* to = sums + (row * gradient.rows + gate) * lanes;
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t k = 0; k < across; ++k) sum[r][k] = load(to + (r * gradient.rows + k) * lanes);
  const float* left = x.first + row * lanes;
  const float* right = gradient.first + gate * lanes;
  for (std::size_t step = 0; step < steps; ++step, left += x.stride, right += gradient.stride) {
    Vector value[across];
    for (std::size_t k = 0; k < across; ++k) value[k] = load(right + k * lanes);
    for (std::size_t r = 0; r < count; ++r) {
      const Vector factor = load(left + r * lanes);
      for (std::size_t k = 0; k < across; ++k) sum[r][k] += factor * value[k];
    }
  }
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t k = 0; k < across; ++k) store(to + (r * gradient.rows + k) * lanes, sum[r][k]);
}
/// For all rows and gates.
template <bool many_registers>
IPET_INLINE void outer(std::size_t steps, const Series& x, const Series& gradient, float* sums) {
  constexpr std::size_t count = rows_together<many_registers> / 2, across = 4;
  std::size_t gate = 0;
  for (; gate + across <= gradient.rows; gate += across) {
    std::size_t row = 0;
    for (; row + count <= x.rows; row += count)
      outer_rows<count, across>(steps, x, row, gradient, gate, sums);
    for (; row < x.rows; ++row) outer_rows<1, across>(steps, x, row, gradient, gate, sums);
  }
  for (; gate < gradient.rows; ++gate)
    for (std::size_t row = 0; row < x.rows; ++row) outer_rows<1, 1>(steps, x, row, gradient, gate, sums);
}

/// Adds the rows up over the steps, to `sums` [row, lane].
IPET_INLINE void add_steps(std::size_t steps, const Series& series, float* sums) {
  const float* from = series.first;
  for (std::size_t step = 0; step < steps; ++step, from += series.stride)
    for (std::size_t i = 0; i < series.rows * lanes; i += lanes)
      store(sums + i, load(sums + i) + load(from + i));
}

/// Adds up the lanes.
IPET_INLINE void reduce(const Lanes& sums, float* to) {
  for (std::size_t i = 0; i < sums.size(); i += lanes) {
    float total = 0;
    for (std::size_t l = 0; l < lanes; ++l) total += sums[i + l];
    *to++ = total;
  }
}

// Kernel::run<many_registers>(arguments...) for each instruction set; chosen when called.
#ifdef __x86_64__
template <class Kernel, class... Arguments>
[[gnu::target("avx2")]] void run_avx2(const Arguments&... arguments) {
  Kernel::template run<false>(arguments...);
}
template <class Kernel, class... Arguments>
[[gnu::target("avx512f")]] void run_avx512(const Arguments&... arguments) {
  Kernel::template run<true>(arguments...);
}
template <class Kernel, class... Arguments>
void run_best(const Arguments&... arguments) {
  if (__builtin_cpu_supports("avx512f") != 0) return run_avx512<Kernel>(arguments...);
  if (__builtin_cpu_supports("avx2") != 0) return run_avx2<Kernel>(arguments...);
  Kernel::template run<false>(arguments...);
}
#else
template <class Kernel, class... Arguments>
void run_best(const Arguments&... arguments) {
  Kernel::template run<false>(arguments...);
}
#endif

}  // namespace ipet::fingerprint
