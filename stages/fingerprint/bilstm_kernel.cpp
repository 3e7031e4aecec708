#include "stages/fingerprint/bilstm_kernel.hpp"

#include "stages/fingerprint/simd.hpp"
#include "stages/fingerprint/simd_targets.hpp"
#include "stages/fingerprint/workspace.hpp"

#define HWY_TARGET_INCLUDE "stages/fingerprint/bilstm_kernel.cpp"
// clang-format off: this file once more for each target, each with the rest of the includes
#include <hwy/foreach_target.h>

#include "stages/fingerprint/lanes.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace ipet::fingerprint::HWY_NAMESPACE {
namespace {

using AllWeights = std::array<LstmWeights, 2>;
using AllGradients = std::array<LstmGradients, 2>;

/// What is kept of a unit's step: its gates, the cell before, and tanh(cell).
struct Record {
  float in[lanes], forget[lanes], candidate[lanes], output[lanes], before[lanes], squashed[lanes];
};
constexpr std::size_t record_size = sizeof(Record) / sizeof(float);

/// Records of a block, [side, slot, unit].
Record* records(float* tape, const LstmShape& s, std::size_t block, std::size_t side) {
  return reinterpret_cast<Record*>(tape) + (2 * block + side) * s.slots * s.width;
}

/// States of a block, [1 + slot, both sides' units, lane], between two slots of zeros: each direction's state
/// before its first step.
struct States {
  States(float* memory, const LstmShape& s)
      : first(memory), width(s.width * lanes), stride(spread(2 * s.width) * lanes) {
    std::fill_n(first, stride, 0.0F);
    std::fill_n(first + (s.slots + 1) * stride, stride, 0.0F);
  }
  static std::size_t size(const LstmShape& s) { return (s.slots + 2) * spread(2 * s.width) * lanes; }
  /// Behind slot t, and what the step at slot t starts from.
  float* at(std::size_t side, std::size_t t) const { return first + (t + 1) * stride + side * width; }
  float* before(std::size_t side, std::size_t t) const {
    return first + (t + 2 * side) * stride + side * width;
  }
  float* first;
  std::size_t width, stride;
};

/// Slot that a direction visits at its step s.
std::size_t slot_of(const LstmShape& shape, std::size_t side, std::size_t step) {
  return side == 1 ? shape.slots - 1 - step : step;
}

/// From the sums `gates` [4, width, lane] of `count` units, 1 or 2.
template <std::size_t count>
HWY_INLINE void finish_units(const float* gates, std::size_t rows, float* cell, Record* record,
                             float* state) {
  Vector output[count];
  Fraction squashed[count];
  for (std::size_t i = 0; i < count; ++i, gates += lanes, cell += lanes) {
    Vector in = sigmoid_denominator(load(gates)), forget = sigmoid_denominator(load(gates + rows));
    Fraction candidate = tangent(load(gates + 2 * rows));
    output[i] = sigmoid_denominator(load(gates + 3 * rows));
    invert(in, forget, candidate.denominator, output[i]);
    const Vector value = hn::Mul(candidate.numerator, candidate.denominator), before = load(cell);
    const Vector now = hn::MulAdd(forget, before, hn::Mul(in, value));
    squashed[i] = tangent(now);
    store(cell, now);
    store(record[i].in, in);
    store(record[i].forget, forget);
    store(record[i].candidate, value);
    store(record[i].output, output[i]);
    store(record[i].before, before);
  }
  if constexpr (count == 2)
    invert(squashed[0].denominator, squashed[1].denominator);
  else
    squashed[0].denominator = hn::Div(all(1.0F), squashed[0].denominator);
  for (std::size_t i = 0; i < count; ++i) {
    const Vector value = hn::Mul(squashed[i].numerator, squashed[i].denominator);
    store(record[i].squashed, value);
    store(state + i * lanes, hn::Mul(output[i], value));
  }
}

/// Memory of the forward pass, for one block.
struct ForwardMemory {
  static std::size_t packed(const LstmShape& s) { return packed_size(4 * s.width, s.inputs + s.width); }
  explicit ForwardMemory(const LstmShape& s)
      : workspace(2 * packed(s) + (s.slots * spread(s.inputs) + 6 * s.width) * lanes + States::size(s) +
                  s.width * record_size),
        weights{workspace.take(packed(s)), workspace.take(packed(s))},
        x(workspace.take(s.slots * spread(s.inputs) * lanes)),
        states(workspace.take(States::size(s)), s),
        cells(workspace.take(2 * s.width * lanes)),
        gates(workspace.take(4 * s.width * lanes)),
        spare(workspace.take(s.width * record_size)) {}
  Workspace workspace;
  float* weights[2];
  float* x;
  States states;
  float *cells, *gates, *spare;
};

void forward_block(const LstmShape& s, const ForwardMemory& memory, float* tape, std::size_t block) {
  const std::size_t rows = s.width * lanes;
  std::fill_n(memory.cells, 2 * rows, 0.0F);
  // In turns, so that one direction's sums do not wait for its own last step.
  for (std::size_t step = 0; step < s.slots; ++step) {
    for (std::size_t side = 0; side < 2; ++side) {
      const std::size_t t = slot_of(s, side, step);
      multiply(4 * s.width, memory.weights[side], {memory.x + t * spread(s.inputs) * lanes, s.inputs},
               {memory.states.before(side, t), s.width}, memory.gates);
      Record* record = tape == nullptr ? reinterpret_cast<Record*>(memory.spare)
                                       : records(tape, s, block, side) + t * s.width;
      float *state = memory.states.at(side, t), *cell = memory.cells + side * rows;
      std::size_t unit = 0;
      for (; unit + 2 <= s.width; unit += 2)
        finish_units<2>(memory.gates + unit * lanes, rows, cell + unit * lanes, record + unit,
                        state + unit * lanes);
      if (unit < s.width)
        finish_units<1>(memory.gates + unit * lanes, rows, cell + unit * lanes, record + unit,
                        state + unit * lanes);
    }
  }
}

void forward(const LstmShape& s, const AllWeights& weights, const float* x, float* out, float* tape) {
  const ForwardMemory memory(s);
  const std::size_t gates = 4 * s.width;
  for (std::size_t side = 0; side < 2; ++side) {
    const LstmWeights& w = weights[side];
    pack(gates, w.bias, {w.kernel, s.inputs, 1, gates}, {w.recurrent, s.width, 1, gates},
         memory.weights[side]);
  }
  for (std::size_t begin = 0, block = 0; begin < s.samples; begin += lanes, ++block) {
    const std::size_t samples = std::min(lanes, s.samples - begin);
    to_lanes(x + begin * s.slots * s.inputs, samples, s.slots * s.inputs,
             Cursor(memory.x, s.inputs, spread(s.inputs)));
    forward_block(s, memory, tape, block);
    const States& states = memory.states;
    if (s.last) {
      std::copy_n(states.at(0, s.slots - 1), states.width, memory.gates);
      std::copy_n(states.at(1, 0), states.width, memory.gates + states.width);
      from_lanes(Cursor(memory.gates, 2 * s.width, 2 * s.width), samples, 2 * s.width,
                 out + begin * 2 * s.width);
    } else {
      from_lanes(Cursor(states.at(0, 0), 2 * s.width, spread(2 * s.width)), samples, s.slots * 2 * s.width,
                 out + begin * s.slots * 2 * s.width);
    }
  }
}

/// Memory of the backward pass: sums over all blocks, the rest for one. Gate gradients are [slot, 4 width,
/// lane].
struct BackwardMemory {
  /// Rows of the sums of one side: kernel, recurrent kernel, bias.
  static std::size_t sum_rows(const LstmShape& s) { return (s.inputs + s.width + 1) * 4 * s.width; }
  static std::size_t out_size(const LstmShape& s) {
    return ((s.last ? 1 : s.slots) + 1) * 2 * s.width * lanes;
  }
  static std::size_t gates_size(const LstmShape& s) { return s.slots * spread(4 * s.width) * lanes; }
  static std::size_t packed(const LstmShape& s) { return packed_size(s.width, 4 * s.width); }
  static std::size_t packed_of_x(const LstmShape& s) { return packed_size(s.inputs, 8 * s.width); }
  explicit BackwardMemory(const LstmShape& s)
      : workspace(2 * packed(s) + packed_of_x(s) + 2 * sum_rows(s) * positions +
                  s.slots * (spread(s.inputs) + s.inputs) * lanes + States::size(s) + out_size(s) +
                  2 * gates_size(s) + 4 * s.width * lanes),
        recurrent{workspace.take(packed(s)), workspace.take(packed(s))},
        kernels(workspace.take(packed_of_x(s))),
        sums{workspace.take(sum_rows(s) * positions), workspace.take(sum_rows(s) * positions)},
        x(workspace.take(s.slots * spread(s.inputs) * lanes)),
        of_x(workspace.take(s.slots * s.inputs * lanes)),
        states(workspace.take(States::size(s)), s),
        of_out(workspace.take(out_size(s))),
        gates{workspace.take(gates_size(s)), workspace.take(gates_size(s))},
        carry(workspace.take(4 * s.width * lanes)) {
    std::fill_n(sums[0], sum_rows(s) * positions, 0.0F);
    std::fill_n(sums[1], sum_rows(s) * positions, 0.0F);
    std::fill_n(of_out, 2 * s.width * lanes, 0.0F);
  }
  Workspace workspace;
  float* recurrent[2];
  float* kernels;
  float* sums[2];
  float *x, *of_x;
  States states;
  float* of_out;  ///< a slot of zeros, then the gradients of the outputs [slot, both sides' units, lane]
  float* gates[2];
  float* carry;  ///< gradients of both sides' states, then of their cells, behind the step at hand
};

/// One step of all units of a direction.
HWY_INLINE void backward_units(const LstmShape& s, const Record* record, const float* of_out, float* of_state,
                               float* of_cell, float* gates, float* state) {
  const std::size_t rows = s.width * lanes;
  for (std::size_t u = 0; u < s.width; ++u) {
    const std::size_t at = u * lanes;
    const Record& r = record[u];
    const Vector in = load(r.in), forget = load(r.forget), candidate = load(r.candidate),
                 output = load(r.output), squashed = load(r.squashed);
    const Vector change = hn::Add(load(of_out + at), load(of_state + at));
    const Vector cell = hn::MulAdd(hn::Mul(change, output), slope_of_tangent(squashed), load(of_cell + at));
    store(gates + at, hn::Mul(hn::Mul(cell, candidate), slope_of_sigmoid(in)));
    store(gates + rows + at, hn::Mul(hn::Mul(cell, load(r.before)), slope_of_sigmoid(forget)));
    store(gates + 2 * rows + at, hn::Mul(hn::Mul(cell, in), slope_of_tangent(candidate)));
    store(gates + 3 * rows + at, hn::Mul(hn::Mul(change, squashed), slope_of_sigmoid(output)));
    store(of_cell + at, hn::Mul(cell, forget));
    store(state + at, hn::Mul(output, squashed));
  }
}

/// Gradients of all gates of a block, and its states once more.
void backward_block(const LstmShape& s, const BackwardMemory& memory, float* tape, std::size_t block) {
  const std::size_t rows = s.width * lanes;
  std::fill_n(memory.carry, 4 * rows, 0.0F);
  for (std::size_t step = s.slots; step-- > 0;) {
    for (std::size_t side = 0; side < 2; ++side) {
      const std::size_t t = slot_of(s, side, step);
      std::size_t of_out = 1 + t;
      if (s.last) of_out = step + 1 == s.slots ? 1 : 0;
      float* gates = memory.gates[side] + t * spread(4 * s.width) * lanes;
      float *of_state = memory.carry + side * rows, *of_cell = of_state + 2 * rows;
      backward_units(s, records(tape, s, block, side) + t * s.width,
                     memory.of_out + of_out * 2 * rows + side * rows, of_state, of_cell, gates,
                     memory.states.at(side, t));
      if (step > 0) multiply(s.width, memory.recurrent[side], {gates, 4 * s.width}, {nullptr, 0}, of_state);
    }
  }
}

void add_weight_gradients(const LstmShape& s, const BackwardMemory& memory, std::size_t block) {
  const std::size_t gates = 4 * s.width;
  const auto stride = [](std::size_t rows) { return static_cast<std::ptrdiff_t>(spread(rows) * lanes); };
  for (std::size_t side = 0; side < 2; ++side) {
    float* sums = memory.sums[side] + block % parts * BackwardMemory::sum_rows(s) * lanes;
    const Series of_gates{memory.gates[side], stride(gates), gates};
    outer(s.slots, {memory.x, stride(s.inputs), s.inputs}, of_gates, sums);
    sums += s.inputs * gates * lanes;
    outer(s.slots, {memory.states.before(side, 0), stride(2 * s.width), s.width}, of_gates, sums);
    sums += s.width * gates * lanes;
    add_steps(s.slots, of_gates, sums);
  }
}

void reduce_weight_gradients(const LstmShape& s, const BackwardMemory& memory, const AllGradients& to) {
  const std::size_t gates = 4 * s.width, rows = BackwardMemory::sum_rows(s);
  for (std::size_t side = 0; side < 2; ++side) {
    reduce(memory.sums[side], rows, 0, s.inputs * gates, to[side].kernel);
    reduce(memory.sums[side], rows, s.inputs * gates, s.width * gates, to[side].recurrent);
    reduce(memory.sums[side], rows, (s.inputs + s.width) * gates, gates, to[side].bias);
  }
}

void add_x_gradients(const LstmShape& s, const BackwardMemory& memory, std::size_t samples, float* to) {
  for (std::size_t t = 0; t < s.slots; ++t) {
    const std::size_t at = t * spread(4 * s.width) * lanes;
    multiply(s.inputs, memory.kernels, {memory.gates[0] + at, 4 * s.width},
             {memory.gates[1] + at, 4 * s.width}, memory.of_x + t * s.inputs * lanes);
  }
  from_lanes(Cursor(memory.of_x, s.inputs, s.inputs), samples, s.slots * s.inputs, to);
}

void backward(const LstmShape& s, const AllWeights& weights, const float* x, const float* tape,
              const float* out_gradient, float* x_gradient, const AllGradients* gradients) {
  const BackwardMemory memory(s);
  const std::size_t gates = 4 * s.width, out_size = (s.last ? 1 : s.slots) * 2 * s.width;
  for (std::size_t side = 0; side < 2; ++side)
    pack(s.width, nullptr, {weights[side].recurrent, gates, gates, 1}, {nullptr, 0, 0, 0},
         memory.recurrent[side]);
  pack(s.inputs, nullptr, {weights[0].kernel, gates, gates, 1}, {weights[1].kernel, gates, gates, 1},
       memory.kernels);
  for (std::size_t begin = 0, block = 0; begin < s.samples; begin += lanes, ++block) {
    const std::size_t samples = std::min(lanes, s.samples - begin);
    to_lanes(out_gradient + begin * out_size, samples, out_size,
             Cursor(memory.of_out + 2 * s.width * lanes, 2 * s.width, 2 * s.width));
    backward_block(s, memory, const_cast<float*>(tape), block);  // only read
    if (gradients != nullptr) {
      to_lanes(x + begin * s.slots * s.inputs, samples, s.slots * s.inputs,
               Cursor(memory.x, s.inputs, spread(s.inputs)));
      add_weight_gradients(s, memory, block);
    }
    if (x_gradient != nullptr) add_x_gradients(s, memory, samples, x_gradient + begin * s.slots * s.inputs);
  }
  if (gradients != nullptr) reduce_weight_gradients(s, memory, *gradients);
}

}  // namespace

void bilstm_forward(const LstmShape& s, const AllWeights& weights, const float* x, float* out, float* tape) {
  forward(s, weights, x, out, tape);
}
void bilstm_backward(const LstmShape& s, const AllWeights& weights, const float* x, const float* tape,
                     const float* out_gradient, float* x_gradient, const AllGradients* gradients) {
  backward(s, weights, x, tape, out_gradient, x_gradient, gradients);
}

}  // namespace ipet::fingerprint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ipet::fingerprint {
namespace {

HWY_EXPORT(bilstm_forward);
HWY_EXPORT(bilstm_backward);

}  // namespace

std::size_t bilstm_tape_size(const LstmShape& s) {
  constexpr std::size_t positions = 16, numbers = 6;  // of the target with the most lanes
  return (s.samples + positions - 1) / positions * positions * numbers * 2 * s.slots * s.width;
}

void bilstm_forward(const LstmShape& shape, const std::array<LstmWeights, 2>& weights, const float* x,
                    float* out, float* tape) {
  choose_simd();
  HWY_DYNAMIC_DISPATCH(bilstm_forward)(shape, weights, x, out, tape);
}

void bilstm_backward(const LstmShape& shape, const std::array<LstmWeights, 2>& weights, const float* x,
                     const float* tape, const float* out_gradient, float* x_gradient,
                     const std::array<LstmGradients, 2>* gradients) {
  choose_simd();
  HWY_DYNAMIC_DISPATCH(bilstm_backward)(shape, weights, x, tape, out_gradient, x_gradient, gradients);
}

}  // namespace ipet::fingerprint
#endif
