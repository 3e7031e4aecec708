#include "stages/fingerprint/bilstm_kernel.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

// Vectors are passed between functions that are all inlined: their calling convention does not matter.
#pragma GCC diagnostic ignored "-Wpsabi"

#define IPET_INLINE [[gnu::always_inline]] static inline

namespace ipet::fingerprint {
namespace {

/// Samples side by side: one AVX-512 register, two of AVX2, four of SSE.
constexpr std::size_t lanes = 16;
typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));
typedef std::int32_t IntVector __attribute__((vector_size(lanes * sizeof(float))));
typedef std::uint32_t BitVector __attribute__((vector_size(lanes * sizeof(float))));
typedef float Unaligned __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));

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

/// What is kept of one block of samples: its inputs, and per direction all states and gates. Every array is
/// [slot, row, lane].
struct Block {
  float* x;
  struct Side {
    float *state, *gates, *cell, *squashed;  // squashed: tanh(cell)
  } side[2];

  static std::size_t size(const LstmShape& s) { return s.slots * lanes * (s.inputs + 2 * 7 * s.width); }
  Block(float* memory, const LstmShape& s) : x(memory) {
    const std::size_t rows = s.slots * lanes * s.width;
    memory += s.slots * lanes * s.inputs;
    for (Side& each : side) {
      each = {memory, memory + rows, memory + 5 * rows, memory + 6 * rows};
      memory += 7 * rows;
    }
  }
};

/// Copies rows of up to `lanes` samples [sample, slot, stride] to [slot, row, lane]; missing samples are 0.
IPET_INLINE void to_lanes(const float* from, std::size_t samples, std::size_t slots, std::size_t stride,
                          std::size_t rows, float* to) {
  for (std::size_t t = 0; t < slots; ++t)
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t l = 0; l < lanes; ++l) *to++ = l < samples ? from[(l * slots + t) * stride + r] : 0.0F;
}
IPET_INLINE void from_lanes(const float* from, std::size_t samples, std::size_t slots, std::size_t stride,
                            std::size_t rows, float* to) {
  for (std::size_t t = 0; t < slots; ++t)
    for (std::size_t r = 0; r < rows; ++r, from += lanes)
      for (std::size_t l = 0; l < samples; ++l) to[(l * slots + t) * stride + r] = from[l];
}

/// Slot that a direction visits at its step s.
IPET_INLINE std::size_t slot_of(const LstmShape& shape, bool backward, std::size_t step) {
  return backward ? shape.slots - 1 - step : step;
}

/// Adds matrix^T [rows, 4 width] times `x` [rows, lane] to the four gates of one unit.
IPET_INLINE void add_products(const float* matrix, const float* x, std::size_t rows, std::size_t width,
                              std::size_t unit, Vector (&gate)[4]) {
  for (std::size_t r = 0; r < rows; ++r) {
    const Vector value = load(x + r * lanes);
    const float* weight = matrix + r * 4 * width + unit;
    for (std::size_t k = 0; k < 4; ++k) gate[k] += weight[k * width] * value;
  }
}

IPET_INLINE void forward_side(const LstmShape& shape, const LstmWeights& w, bool backward, const float* x,
                              const Block::Side& side) {
  const std::size_t width = shape.width, rows = width * lanes;
  for (std::size_t step = 0; step < shape.slots; ++step) {
    const std::size_t t = slot_of(shape, backward, step);
    const std::size_t before = step == 0 ? t : slot_of(shape, backward, step - 1);
    for (std::size_t u = 0; u < width; ++u) {
      Vector gate[4];
      for (std::size_t k = 0; k < 4; ++k) gate[k] = Vector{} + w.bias[k * width + u];
      add_products(w.kernel, x + t * shape.inputs * lanes, shape.inputs, width, u, gate);
      Vector cell{};
      if (step > 0) {
        add_products(w.recurrent, side.state + before * rows, width, width, u, gate);
        cell = load(side.cell + before * rows + u * lanes);
      }
      gate[0] = sigmoid(gate[0]);
      gate[1] = sigmoid(gate[1]);
      gate[2] = tangent(gate[2]);
      gate[3] = sigmoid(gate[3]);
      cell = gate[1] * cell + gate[0] * gate[2];
      const Vector squashed = tangent(cell);
      for (std::size_t k = 0; k < 4; ++k) store(side.gates + 4 * t * rows + (k * width + u) * lanes, gate[k]);
      store(side.cell + t * rows + u * lanes, cell);
      store(side.squashed + t * rows + u * lanes, squashed);
      store(side.state + t * rows + u * lanes, gate[3] * squashed);
    }
  }
}

IPET_INLINE void forward_all(const LstmShape& shape, const std::array<LstmWeights, 2>& weights,
                             const float* x, float* out, float* tape) {
  for (std::size_t begin = 0; begin < shape.samples; begin += lanes, tape += Block::size(shape)) {
    const std::size_t samples = std::min(lanes, shape.samples - begin);
    const Block block(tape, shape);
    to_lanes(x + begin * shape.slots * shape.inputs, samples, shape.slots, shape.inputs, shape.inputs,
             block.x);
    float* rows = out + begin * shape.slots * 2 * shape.width;
    for (std::size_t side = 0; side < 2; ++side) {
      forward_side(shape, weights[side], side == 1, block.x, block.side[side]);
      from_lanes(block.side[side].state, samples, shape.slots, 2 * shape.width, shape.width,
                 rows + side * shape.width);
    }
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
IPET_INLINE void multiply(const float* matrix, std::size_t rows, std::size_t columns, const float* gates,
                          bool add, float* to) {
  std::size_t row = 0;
  for (; row + 4 <= rows; row += 4) multiply_rows<4>(matrix, columns, row, gates, add, to);
  for (; row < rows; ++row) multiply_rows<1>(matrix, columns, row, gates, add, to);
}

/// Gradients of all gates of a direction, [slot, 4 width, lane]; adds the gradient of the inputs to
/// `x_gradient` [slot, inputs, lane] unless it is null. `carry` has 2 width rows.
IPET_INLINE void backward_side(const LstmShape& shape, const LstmWeights& w, bool backward,
                               const Block::Side& side, const float* out_gradient, float* gate_gradient,
                               float* x_gradient, float* carry) {
  const std::size_t width = shape.width, rows = width * lanes;
  float *state_carry = carry, *cell_carry = carry + rows;
  std::fill_n(carry, 2 * rows, 0.0F);
  for (std::size_t step = shape.slots; step-- > 0;) {
    const std::size_t t = slot_of(shape, backward, step);
    const float* gates = side.gates + 4 * t * rows;
    float* gradient = gate_gradient + 4 * t * rows;
    for (std::size_t u = 0; u < width; ++u) {
      const std::size_t at = u * lanes;
      const Vector i = load(gates + at), f = load(gates + rows + at), g = load(gates + 2 * rows + at),
                   o = load(gates + 3 * rows + at);
      const Vector squashed = load(side.squashed + t * rows + at);
      const Vector state = load(out_gradient + t * rows + at) + load(state_carry + at);
      const Vector cell = state * o * (1.0F - squashed * squashed) + load(cell_carry + at);
      Vector before{};
      if (step > 0) before = load(side.cell + slot_of(shape, backward, step - 1) * rows + at);
      store(gradient + at, cell * g * i * (1.0F - i));
      store(gradient + rows + at, cell * before * f * (1.0F - f));
      store(gradient + 2 * rows + at, cell * i * (1.0F - g * g));
      store(gradient + 3 * rows + at, state * squashed * o * (1.0F - o));
      store(cell_carry + at, cell * f);
    }
    multiply(w.recurrent, width, 4 * width, gradient, false, state_carry);
    if (x_gradient != nullptr)
      multiply(w.kernel, shape.inputs, 4 * width, gradient, true, x_gradient + t * shape.inputs * lanes);
  }
}

/// Sums over time of x[row] times gate gradient, for `count` rows and all gates, lane by lane, added to
/// `sums` [row, 4 width, lane]. `skip`: the direction's first steps without a row (the state before the
/// first).
template <std::size_t count>
IPET_INLINE void outer_rows(const LstmShape& shape, bool backward, std::size_t skip, const float* x,
                            std::size_t x_rows, std::size_t row, const float* gate_gradient, float* sums) {
  const std::size_t gates = 4 * shape.width;
  for (std::size_t g = 0; g < gates; g += 4) {
    Vector sum[count][4];
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t k = 0; k < 4; ++k) sum[r][k] = load(sums + ((row + r) * gates + g + k) * lanes);
    for (std::size_t step = skip; step < shape.slots; ++step) {
      const float* gradient = gate_gradient + (slot_of(shape, backward, step) * gates + g) * lanes;
      const float* value = x + (slot_of(shape, backward, step - skip) * x_rows + row) * lanes;
      for (std::size_t r = 0; r < count; ++r)
        for (std::size_t k = 0; k < 4; ++k) sum[r][k] += load(value + r * lanes) * load(gradient + k * lanes);
    }
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t k = 0; k < 4; ++k) store(sums + ((row + r) * gates + g + k) * lanes, sum[r][k]);
  }
}
IPET_INLINE void outer(const LstmShape& shape, bool backward, std::size_t skip, const float* x,
                       std::size_t x_rows, const float* gate_gradient, float* sums) {
  std::size_t row = 0;
  for (; row + 2 <= x_rows; row += 2)
    outer_rows<2>(shape, backward, skip, x, x_rows, row, gate_gradient, sums);
  for (; row < x_rows; ++row) outer_rows<1>(shape, backward, skip, x, x_rows, row, gate_gradient, sums);
}

/// Adds up the lanes.
IPET_INLINE void reduce(const std::vector<float>& sums, float* to) {
  for (std::size_t i = 0; i < sums.size(); i += lanes) {
    float total = 0;
    for (std::size_t l = 0; l < lanes; ++l) total += sums[i + l];
    *to++ = total;
  }
}

/// Gradients of one direction's weights, lane by lane, over all blocks.
struct LaneSums {
  explicit LaneSums(const LstmShape& s)
      : kernel(s.inputs * 4 * s.width * lanes),
        recurrent(s.width * 4 * s.width * lanes),
        bias(4 * s.width * lanes) {}
  std::vector<float> kernel, recurrent, bias;
};

IPET_INLINE void add_weight_gradients(const LstmShape& shape, bool backward, const Block& block,
                                      const Block::Side& side, const float* gate_gradient, LaneSums& sums) {
  outer(shape, backward, 0, block.x, shape.inputs, gate_gradient, sums.kernel.data());
  outer(shape, backward, 1, side.state, shape.width, gate_gradient, sums.recurrent.data());
  for (std::size_t t = 0; t < shape.slots; ++t)
    for (std::size_t i = 0; i < sums.bias.size(); i += lanes)
      store(sums.bias.data() + i,
            load(sums.bias.data() + i) + load(gate_gradient + t * sums.bias.size() + i));
}

IPET_INLINE void backward_all(const LstmShape& shape, const std::array<LstmWeights, 2>& weights,
                              const float* tape, const float* out_gradient, float* x_gradient,
                              const std::array<LstmGradients, 2>* gradients) {
  const std::size_t width = shape.width, states = shape.slots * width * lanes;
  std::vector<float> of_states(states), of_gates(4 * states), carry(2 * width * lanes);
  std::vector<float> of_inputs(x_gradient == nullptr ? 0 : shape.slots * shape.inputs * lanes);
  std::array<LaneSums, 2> sums{LaneSums(shape), LaneSums(shape)};
  for (std::size_t begin = 0; begin < shape.samples; begin += lanes, tape += Block::size(shape)) {
    const std::size_t samples = std::min(lanes, shape.samples - begin);
    const Block block(const_cast<float*>(tape), shape);  // only read
    std::fill(of_inputs.begin(), of_inputs.end(), 0.0F);
    const float* rows = out_gradient + begin * shape.slots * 2 * width;
    for (std::size_t s = 0; s < 2; ++s) {
      to_lanes(rows + s * width, samples, shape.slots, 2 * width, width, of_states.data());
      backward_side(shape, weights[s], s == 1, block.side[s], of_states.data(), of_gates.data(),
                    x_gradient == nullptr ? nullptr : of_inputs.data(), carry.data());
      if (gradients != nullptr)
        add_weight_gradients(shape, s == 1, block, block.side[s], of_gates.data(), sums[s]);
    }
    if (x_gradient != nullptr)
      from_lanes(of_inputs.data(), samples, shape.slots, shape.inputs, shape.inputs,
                 x_gradient + begin * shape.slots * shape.inputs);
  }
  if (gradients == nullptr) return;
  for (std::size_t s = 0; s < 2; ++s) {
    reduce(sums[s].kernel, (*gradients)[s].kernel);
    reduce(sums[s].recurrent, (*gradients)[s].recurrent);
    reduce(sums[s].bias, (*gradients)[s].bias);
  }
}

// The same code for each instruction set; chosen when called.
using Weights = std::array<LstmWeights, 2>;
using Gradients = std::array<LstmGradients, 2>;
void forward_plain(const LstmShape& s, const Weights& w, const float* x, float* out, float* tape) {
  forward_all(s, w, x, out, tape);
}
void backward_plain(const LstmShape& s, const Weights& w, const float* tape, const float* dout, float* dx,
                    const Gradients* g) {
  backward_all(s, w, tape, dout, dx, g);
}
#ifdef __x86_64__
[[gnu::target("avx2")]] void forward_avx2(const LstmShape& s, const Weights& w, const float* x, float* out,
                                          float* tape) {
  forward_all(s, w, x, out, tape);
}
[[gnu::target("avx2")]] void backward_avx2(const LstmShape& s, const Weights& w, const float* tape,
                                           const float* dout, float* dx, const Gradients* g) {
  backward_all(s, w, tape, dout, dx, g);
}
[[gnu::target("avx512f")]] void forward_avx512(const LstmShape& s, const Weights& w, const float* x,
                                               float* out, float* tape) {
  forward_all(s, w, x, out, tape);
}
[[gnu::target("avx512f")]] void backward_avx512(const LstmShape& s, const Weights& w, const float* tape,
                                                const float* dout, float* dx, const Gradients* g) {
  backward_all(s, w, tape, dout, dx, g);
}
const bool have_avx512 = __builtin_cpu_supports("avx512f") != 0;
const bool have_avx2 = __builtin_cpu_supports("avx2") != 0;
const auto forward_best = have_avx512 ? forward_avx512 : have_avx2 ? forward_avx2 : forward_plain;
const auto backward_best = have_avx512 ? backward_avx512 : have_avx2 ? backward_avx2 : backward_plain;
#else
const auto forward_best = forward_plain;
const auto backward_best = backward_plain;
#endif

}  // namespace

std::size_t bilstm_tape_size(const LstmShape& shape) {
  return (shape.samples + lanes - 1) / lanes * Block::size(shape);
}

void bilstm_forward(const LstmShape& shape, const Weights& weights, const float* x, float* out, float* tape) {
  forward_best(shape, weights, x, out, tape);
}

void bilstm_backward(const LstmShape& shape, const Weights& weights, const float* tape,
                     const float* out_gradient, float* x_gradient, const Gradients* gradients) {
  backward_best(shape, weights, tape, out_gradient, x_gradient, gradients);
}

}  // namespace ipet::fingerprint
