#include "stages/fingerprint/bilstm_kernel.hpp"

#include <algorithm>

#include "stages/fingerprint/lanes.hpp"

namespace ipet::fingerprint {
namespace {

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

/// Slot that a direction visits at its step s.
IPET_INLINE std::size_t slot_of(const LstmShape& shape, bool backward, std::size_t step) {
  return backward ? shape.slots - 1 - step : step;
}

/// Adds matrix^T [rows, 4 width] times `x` [rows, lane] to the four gates of units `unit` .. `unit` + count.
template <std::size_t count>
IPET_INLINE void add_products(const float* matrix, const float* x, std::size_t rows, std::size_t width,
                              std::size_t unit, Vector (&gate)[count][4]) {
  for (std::size_t r = 0; r < rows; ++r) {
    const Vector value = load(x + r * lanes);
    const float* weight = matrix + r * 4 * width + unit;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t k = 0; k < 4; ++k) gate[i][k] += weight[k * width + i] * value;
  }
}

/// One step of units `unit` .. `unit` + count. `before`: slot of the step before.
template <std::size_t count>
IPET_INLINE void forward_units(const LstmShape& shape, const LstmWeights& w, bool first, std::size_t t,
                               std::size_t before, std::size_t unit, const float* x,
                               const Block::Side& side) {
  const std::size_t width = shape.width, rows = width * lanes;
  Vector gate[count][4];
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < 4; ++k) gate[i][k] = Vector{} + w.bias[k * width + unit + i];
  add_products(w.kernel, x + t * shape.inputs * lanes, shape.inputs, width, unit, gate);
  if (!first) add_products(w.recurrent, side.state + before * rows, width, width, unit, gate);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (unit + i) * lanes;
    const Vector in = sigmoid(gate[i][0]), forget = sigmoid(gate[i][1]), candidate = tangent(gate[i][2]),
                 output = sigmoid(gate[i][3]);
    const Vector cell_before = first ? Vector{} : load(side.cell + before * rows + at);
    const Vector cell = forget * cell_before + in * candidate, squashed = tangent(cell);
    float* gates = side.gates + 4 * t * rows + at;
    store(gates, in);
    store(gates + rows, forget);
    store(gates + 2 * rows, candidate);
    store(gates + 3 * rows, output);
    store(side.cell + t * rows + at, cell);
    store(side.squashed + t * rows + at, squashed);
    store(side.state + t * rows + at, output * squashed);
  }
}

template <bool many_registers>
IPET_INLINE void forward_side(const LstmShape& shape, const LstmWeights& w, bool backward, const float* x,
                              const Block::Side& side) {
  constexpr std::size_t count = many_registers ? 4 : 1;
  for (std::size_t step = 0; step < shape.slots; ++step) {
    const std::size_t t = slot_of(shape, backward, step);
    const std::size_t before = step == 0 ? t : slot_of(shape, backward, step - 1);
    std::size_t unit = 0;
    for (; unit + count <= shape.width; unit += count)
      forward_units<count>(shape, w, step == 0, t, before, unit, x, side);
    for (; unit < shape.width; ++unit) forward_units<1>(shape, w, step == 0, t, before, unit, x, side);
  }
}

template <bool many_registers>
IPET_INLINE void forward_all(const LstmShape& shape, const std::array<LstmWeights, 2>& weights,
                             const float* x, float* out, float* tape) {
  for (std::size_t begin = 0; begin < shape.samples; begin += lanes, tape += Block::size(shape)) {
    const std::size_t samples = std::min(lanes, shape.samples - begin);
    const Block block(tape, shape);
    to_lanes<many_registers>(x + begin * shape.slots * shape.inputs, samples, shape.slots, shape.inputs,
                             shape.inputs, shape.inputs, block.x);
    float* rows = out + begin * shape.slots * 2 * shape.width;
    for (std::size_t side = 0; side < 2; ++side) {
      forward_side<many_registers>(shape, weights[side], side == 1, block.x, block.side[side]);
      from_lanes<many_registers>(block.side[side].state, shape.width, samples, shape.slots, 2 * shape.width,
                                 shape.width, rows + side * shape.width);
    }
  }
}

/// Gradients of all gates of a direction, [slot, 4 width, lane]; adds the gradient of the inputs to
/// `x_gradient` [slot, inputs, lane] unless it is null. `carry` has 2 width rows.
template <bool many_registers>
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
    multiply<many_registers>(w.recurrent, width, 4 * width, gradient, false, state_carry);
    if (x_gradient != nullptr)
      multiply<many_registers>(w.kernel, shape.inputs, 4 * width, gradient, true,
                               x_gradient + t * shape.inputs * lanes);
  }
}

/// Gradients of one direction's weights, lane by lane, over all blocks.
struct LaneSums {
  explicit LaneSums(const LstmShape& s)
      : kernel(s.inputs * 4 * s.width * lanes),
        recurrent(s.width * 4 * s.width * lanes),
        bias(4 * s.width * lanes) {}
  Lanes kernel, recurrent, bias;
};

template <bool many_registers>
IPET_INLINE void add_weight_gradients(const LstmShape& shape, bool backward, const Block& block,
                                      const Block::Side& side, const float* gate_gradient, LaneSums& sums) {
  const std::size_t gates = 4 * shape.width;
  const auto series = [&](const float* all, std::size_t rows, std::size_t step) {
    const auto stride = static_cast<std::ptrdiff_t>(rows * lanes);
    return Series{all + slot_of(shape, backward, step) * rows * lanes, backward ? -stride : stride, rows};
  };
  outer<many_registers>(shape.slots, series(block.x, shape.inputs, 0), series(gate_gradient, gates, 0),
                        sums.kernel.data());
  if (shape.slots > 1)  // there is no state before the first step
    outer<many_registers>(shape.slots - 1, series(side.state, shape.width, 0),
                          series(gate_gradient, gates, 1), sums.recurrent.data());
  add_steps(shape.slots, Series{gate_gradient, static_cast<std::ptrdiff_t>(gates * lanes), gates},
            sums.bias.data());
}

template <bool many_registers>
IPET_INLINE void backward_all(const LstmShape& shape, const std::array<LstmWeights, 2>& weights,
                              const float* tape, const float* out_gradient, float* x_gradient,
                              const std::array<LstmGradients, 2>* gradients) {
  const std::size_t width = shape.width, states = shape.slots * width * lanes;
  Lanes of_states(states), of_gates(4 * states), carry(2 * width * lanes);
  Lanes of_inputs(x_gradient == nullptr ? 0 : shape.slots * shape.inputs * lanes);
  std::array<LaneSums, 2> sums{LaneSums(shape), LaneSums(shape)};
  for (std::size_t begin = 0; begin < shape.samples; begin += lanes, tape += Block::size(shape)) {
    const std::size_t samples = std::min(lanes, shape.samples - begin);
    const Block block(const_cast<float*>(tape), shape);  // only read
    std::fill(of_inputs.begin(), of_inputs.end(), 0.0F);
    const float* rows = out_gradient + begin * shape.slots * 2 * width;
    for (std::size_t s = 0; s < 2; ++s) {
      to_lanes<many_registers>(rows + s * width, samples, shape.slots, 2 * width, width, width,
                               of_states.data());
      backward_side<many_registers>(shape, weights[s], s == 1, block.side[s], of_states.data(),
                                    of_gates.data(), x_gradient == nullptr ? nullptr : of_inputs.data(),
                                    carry.data());
      if (gradients != nullptr)
        add_weight_gradients<many_registers>(shape, s == 1, block, block.side[s], of_gates.data(), sums[s]);
    }
    if (x_gradient != nullptr)
      from_lanes<many_registers>(of_inputs.data(), shape.inputs, samples, shape.slots, shape.inputs,
                                 shape.inputs, x_gradient + begin * shape.slots * shape.inputs);
  }
  if (gradients == nullptr) return;
  for (std::size_t s = 0; s < 2; ++s) {
    reduce(sums[s].kernel, (*gradients)[s].kernel);
    reduce(sums[s].recurrent, (*gradients)[s].recurrent);
    reduce(sums[s].bias, (*gradients)[s].bias);
  }
}

using Weights = std::array<LstmWeights, 2>;
using Gradients = std::array<LstmGradients, 2>;
struct Forward {
  template <bool many_registers>
  IPET_INLINE void run(const LstmShape& shape, const Weights& weights, const float* x, float* out,
                       float* tape) {
    forward_all<many_registers>(shape, weights, x, out, tape);
  }
};
struct Backward {
  template <bool many_registers>
  IPET_INLINE void run(const LstmShape& shape, const Weights& weights, const float* tape,
                       const float* out_gradient, float* x_gradient, const Gradients* gradients) {
    backward_all<many_registers>(shape, weights, tape, out_gradient, x_gradient, gradients);
  }
};

}  // namespace

std::size_t bilstm_tape_size(const LstmShape& shape) {
  return (shape.samples + lanes - 1) / lanes * Block::size(shape);
}

void bilstm_forward(const LstmShape& shape, const Weights& weights, const float* x, float* out, float* tape) {
  run_best<Forward>(shape, weights, x, out, tape);
}

void bilstm_backward(const LstmShape& shape, const Weights& weights, const float* tape,
                     const float* out_gradient, float* x_gradient, const Gradients* gradients) {
  run_best<Backward>(shape, weights, tape, out_gradient, x_gradient, gradients);
}

}  // namespace ipet::fingerprint
