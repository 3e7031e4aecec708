#include "stages/fingerprint/gru_kernel.hpp"

#include <algorithm>

#include "stages/fingerprint/old_lanes.hpp"

namespace ipet::fingerprint {
namespace {

/// What is kept of one block of samples. Every array is [slot, row, lane].
struct Block {
  float* x;      ///< spread(inputs) rows per slot
  float* state;  ///< spread(width)
  float* gates;  ///< 4 width: update z, reset r, candidate c, and what the reset gate scales, that is the
                 ///< state times the candidate's weights plus its bias

  static std::size_t size(const GruShape& s) {
    return s.slots * lanes * (spread(s.inputs) + spread(s.width) + 4 * s.width);
  }
  Block(float* memory, const GruShape& s)
      : x(memory),
        state(x + s.slots * lanes * spread(s.inputs)),
        gates(state + s.slots * lanes * spread(s.width)) {}
};

/// Adds matrix^T [rows, 3 width] times `x` [row, lane] to the gates of units `unit` .. `unit` + count.
template <std::size_t count>
IPET_INLINE void add_products(const float* matrix, const float* x, std::size_t rows, std::size_t width,
                              std::size_t unit, Vector (&update)[count], Vector (&reset)[count],
                              Vector (&candidate)[count]) {
  for (std::size_t r = 0; r < rows; ++r) {
    const Vector value = load(x + r * lanes);
    const float* weight = matrix + r * 3 * width + unit;
    for (std::size_t k = 0; k < count; ++k) {
      update[k] += weight[k] * value;
      reset[k] += weight[width + k] * value;
      candidate[k] += weight[2 * width + k] * value;
    }
  }
}

/// Slot t of units `unit` .. `unit` + count.
template <std::size_t count>
IPET_INLINE void forward_units(const GruShape& shape, const GruWeights& w, const Block& block, std::size_t t,
                               std::size_t unit) {
  const std::size_t width = shape.width, rows = width * lanes;
  const float *of_x = w.bias, *of_state = w.bias + 3 * width;
  Vector update[count], reset[count], candidate[count], product[count];
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t u = unit + k;
    update[k] = Vector{} + (of_x[u] + of_state[u]);
    reset[k] = Vector{} + (of_x[width + u] + of_state[width + u]);
    candidate[k] = Vector{} + of_x[2 * width + u];
    product[k] = Vector{} + of_state[2 * width + u];
  }
  add_products(w.kernel, block.x + t * spread(shape.inputs) * lanes, shape.inputs, width, unit, update, reset,
               candidate);
  float *state = block.state + t * spread(width) * lanes, *gates = block.gates + 4 * t * rows;
  const float* before = state - (t > 0 ? spread(width) * lanes : 0);
  if (t > 0) add_products(w.recurrent, before, width, width, unit, update, reset, product);
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t at = (unit + k) * lanes;
    const Vector z = sigmoid(update[k]), r = sigmoid(reset[k]), c = tangent(candidate[k] + r * product[k]);
    store(gates + at, z);
    store(gates + rows + at, r);
    store(gates + 2 * rows + at, c);
    store(gates + 3 * rows + at, product[k]);
    store(state + at, z * (t > 0 ? load(before + at) : Vector{}) + (1.0F - z) * c);
  }
}

template <bool many_registers>
IPET_INLINE void forward_block(const GruShape& shape, const GruWeights& w, const Block& block) {
  constexpr std::size_t count = rows_together<many_registers> / 2;
  for (std::size_t t = 0; t < shape.slots; ++t) {
    std::size_t unit = 0;
    for (; unit + count <= shape.width; unit += count) forward_units<count>(shape, w, block, t, unit);
    for (; unit < shape.width; ++unit) forward_units<1>(shape, w, block, t, unit);
  }
}

/// Gradients of what goes into the gates of a block, [slot, spread(3 width), lane]: from the inputs and from
/// the state. They differ in the candidate alone, where the reset gate stands between.
struct GateGradients {
  explicit GateGradients(const GruShape& s)
      : of_x(s.slots * spread(3 * s.width) * lanes), of_state(of_x.size()) {}
  Lanes of_x, of_state;
};

/// Slot t of all units. `carry` [unit, lane]: gradient of the state behind the slot, on return that of the
/// update gate's share of the state before it.
IPET_INLINE void backward_gates(const GruShape& shape, const Block& block, std::size_t t,
                                const float* out_gradient, GateGradients& gradients, float* carry) {
  const std::size_t rows = shape.width * lanes, first = t * spread(3 * shape.width) * lanes;
  float *of_x = gradients.of_x.data() + first, *of_state = gradients.of_state.data() + first;
  const float* gates = block.gates + 4 * t * rows;
  const float* before = block.state + (t > 0 ? t - 1 : 0) * spread(shape.width) * lanes;
  for (std::size_t i = 0; i < rows; i += lanes) {
    const Vector z = load(gates + i), r = load(gates + rows + i), c = load(gates + 2 * rows + i),
                 product = load(gates + 3 * rows + i);
    const Vector state = load(out_gradient + t * rows + i) + load(carry + i);
    const Vector candidate = state * (1.0F - z) * (1.0F - c * c);
    const Vector update = state * ((t > 0 ? load(before + i) : Vector{}) - c) * z * (1.0F - z);
    const Vector reset = candidate * product * r * (1.0F - r);
    store(of_x + i, update);
    store(of_x + rows + i, reset);
    store(of_x + 2 * rows + i, candidate);
    store(of_state + i, update);
    store(of_state + rows + i, reset);
    store(of_state + 2 * rows + i, candidate * r);
    store(carry + i, state * z);
  }
}

/// Sets `x_gradient` [slot, inputs, lane] unless it is null.
template <bool many_registers>
IPET_INLINE void backward_block(const GruShape& shape, const GruWeights& w, const Block& block,
                                const float* out_gradient, GateGradients& gates, float* x_gradient,
                                Lanes& carry) {
  const std::size_t columns = 3 * shape.width;
  std::fill(carry.begin(), carry.end(), 0.0F);
  for (std::size_t t = shape.slots; t-- > 0;) {
    backward_gates(shape, block, t, out_gradient, gates, carry.data());
    const std::size_t at = t * spread(columns) * lanes;
    if (t > 0)
      multiply<many_registers>(w.recurrent, shape.width, columns, gates.of_state.data() + at, true,
                               carry.data());
    if (x_gradient != nullptr)
      multiply<many_registers>(w.kernel, shape.inputs, columns, gates.of_x.data() + at, false,
                               x_gradient + t * shape.inputs * lanes);
  }
}

/// Gradients of the weights, lane by lane, over all blocks.
struct LaneSums {
  explicit LaneSums(const GruShape& s)
      : kernel(s.inputs * 3 * s.width * lanes),
        recurrent(s.width * 3 * s.width * lanes),
        bias_of_x(3 * s.width * lanes),
        bias_of_state(3 * s.width * lanes) {}
  Lanes kernel, recurrent, bias_of_x, bias_of_state;
};

template <bool many_registers>
IPET_INLINE void add_weight_gradients(const GruShape& shape, const Block& block, const GateGradients& gates,
                                      LaneSums& sums) {
  const auto series = [](const float* first, std::size_t rows) {
    return Series{first, static_cast<std::ptrdiff_t>(spread(rows) * lanes), rows};
  };
  const std::size_t columns = 3 * shape.width;
  const Series of_x = series(gates.of_x.data(), columns), of_state = series(gates.of_state.data(), columns);
  outer<many_registers>(shape.slots, series(block.x, shape.inputs), of_x, sums.kernel.data());
  if (shape.slots > 1)  // there is no state before the first slot
    outer<many_registers>(shape.slots - 1, series(block.state, shape.width),
                          series(of_state.first + of_state.stride, columns), sums.recurrent.data());
  add_steps(shape.slots, of_x, sums.bias_of_x.data());
  add_steps(shape.slots, of_state, sums.bias_of_state.data());
}

struct Forward {
  template <bool many_registers>
  IPET_INLINE void run(const GruShape& shape, const GruWeights& weights, const float* x, float* out,
                       float* tape) {
    for (std::size_t begin = 0; begin < shape.samples; begin += lanes, tape += Block::size(shape)) {
      const std::size_t samples = std::min(lanes, shape.samples - begin);
      const Block block(tape, shape);
      to_lanes<many_registers>(x + begin * shape.slots * shape.inputs, samples, shape.slots, shape.inputs,
                               shape.inputs, spread(shape.inputs), block.x);
      forward_block<many_registers>(shape, weights, block);
      from_lanes<many_registers>(block.state, spread(shape.width), samples, shape.slots, shape.width,
                                 shape.width, out + begin * shape.slots * shape.width);
    }
  }
};

struct Backward {
  template <bool many_registers>
  IPET_INLINE void run(const GruShape& shape, const GruWeights& weights, const float* tape,
                       const float* out_gradient, float* x_gradient, const GruGradients* gradients) {
    Lanes of_states(shape.slots * shape.width * lanes), carry(shape.width * lanes);
    Lanes of_inputs(x_gradient == nullptr ? 0 : shape.slots * shape.inputs * lanes);
    GateGradients gates(shape);
    LaneSums sums(shape);
    for (std::size_t begin = 0; begin < shape.samples; begin += lanes, tape += Block::size(shape)) {
      const std::size_t samples = std::min(lanes, shape.samples - begin);
      const Block block(const_cast<float*>(tape), shape);  // only read
      to_lanes<many_registers>(out_gradient + begin * shape.slots * shape.width, samples, shape.slots,
                               shape.width, shape.width, shape.width, of_states.data());
      backward_block<many_registers>(shape, weights, block, of_states.data(), gates,
                                     x_gradient == nullptr ? nullptr : of_inputs.data(), carry);
      if (gradients != nullptr) add_weight_gradients<many_registers>(shape, block, gates, sums);
      if (x_gradient != nullptr)
        from_lanes<many_registers>(of_inputs.data(), shape.inputs, samples, shape.slots, shape.inputs,
                                   shape.inputs, x_gradient + begin * shape.slots * shape.inputs);
    }
    if (gradients == nullptr) return;
    reduce(sums.kernel, gradients->kernel);
    reduce(sums.recurrent, gradients->recurrent);
    reduce(sums.bias_of_x, gradients->bias);
    reduce(sums.bias_of_state, gradients->bias + 3 * shape.width);
  }
};

}  // namespace

std::size_t gru_tape_size(const GruShape& shape) {
  return (shape.samples + lanes - 1) / lanes * Block::size(shape);
}

void gru_forward(const GruShape& shape, const GruWeights& weights, const float* x, float* out, float* tape) {
  run_best<Forward>(shape, weights, x, out, tape);
}

void gru_backward(const GruShape& shape, const GruWeights& weights, const float* tape,
                  const float* out_gradient, float* x_gradient, const GruGradients* gradients) {
  run_best<Backward>(shape, weights, tape, out_gradient, x_gradient, gradients);
}

}  // namespace ipet::fingerprint
