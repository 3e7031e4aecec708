#include "stages/fingerprint/bilstm_kernel.hpp"

#include "stages/simd/simd.hpp"
#include "stages/simd/simd_targets.hpp"
#include "stages/simd/workspace.hpp"

#define HWY_TARGET_INCLUDE "stages/fingerprint/bilstm_kernel.cpp"
// clang-format off: this file once more for each target, each with the rest of the includes
#include <hwy/foreach_target.h>

#include "stages/simd/simd_lanes.hpp"
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

/// Gates and cells of `count` units from the sums `gates` [4, width, lane].
template <std::size_t count>
HWY_INLINE void finish_gates(const float* gates, std::size_t rows, float* cell, Record* record) {
  Vector x[4 * count];
  float scale[4 * count];
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      x[4 * i + k] = load(gates + k * rows + i * lanes);
      scale[4 * i + k] = k == 2 ? 2.0F : -1.0F;  // the candidate's is a tangent
    }
  }
  Exponentials<4 * count> e;
  exponentials(x, scale, e);
  for (std::size_t i = 0; i < count; ++i) {
    const auto plus = [&](std::size_t k, float term)
                          HWY_ATTR { return mul_add(e.fraction[4 * i + k], e.power[4 * i + k], all(term)); };
    Vector in = plus(0, 1.0F), forget = plus(1, 1.0F), denominator = plus(2, 1.0F), output = plus(3, 1.0F);
    invert(in, forget, denominator, output);
    const Vector candidate = hn::Mul(plus(2, -1.0F), denominator), before = load(cell + i * lanes);
    store(cell + i * lanes, mul_add(forget, before, hn::Mul(in, candidate)));
    store(record[i].in, in);
    store(record[i].forget, forget);
    store(record[i].candidate, candidate);
    store(record[i].output, output);
    store(record[i].before, before);
  }
}
/// States of `count` units from their cells.
template <std::size_t count>
HWY_INLINE void finish_states(const float* cell, Record* record, float* state) {
  Vector squashed[count];
  for (std::size_t i = 0; i < count; ++i) squashed[i] = load(cell + i * lanes);
  tangents(squashed);
  for (std::size_t i = 0; i < count; ++i) {
    store(record[i].squashed, squashed[i]);
    store(state + i * lanes, hn::Mul(load(record[i].output), squashed[i]));
  }
}
HWY_INLINE void finish_step(std::size_t width, const float* gates, float* cell, Record* record,
                            float* state) {
  constexpr std::size_t together = functions_together / 4;
  std::size_t u = 0;
  for (; u + together <= width; u += together)
    finish_gates<together>(gates + u * lanes, width * lanes, cell + u * lanes, record + u);
  for (; u < width; ++u) finish_gates<1>(gates + u * lanes, width * lanes, cell + u * lanes, record + u);
  u = 0;
  for (; u + functions_together <= width; u += functions_together)
    finish_states<functions_together>(cell + u * lanes, record + u, state + u * lanes);
  for (; u + 2 <= width; u += 2) finish_states<2>(cell + u * lanes, record + u, state + u * lanes);
  if (u < width) finish_states<1>(cell + u * lanes, record + u, state + u * lanes);
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
      finish_step(s.width, memory.gates, cell, record, state);
    }
  }
}

/// Memory of the backward pass: sums over all blocks, the rest for one. Gate gradients are [slot, 4 width,
/// lane]; inputs and states, each direction's before the slot, in strips.
struct BackwardMemory {
  static std::size_t out_size(const LstmShape& s) {
    return ((s.last ? 1 : s.slots) + 1) * 2 * s.width * lanes;
  }
  static std::size_t gates_size(const LstmShape& s) { return s.slots * spread(4 * s.width) * lanes; }
  static std::size_t all_sums(const LstmShape& s) {
    return sums_size(s.inputs, 4 * s.width) + sums_size(s.width, 4 * s.width) + sums_size(1, 4 * s.width);
  }
  static std::size_t size(const LstmShape& s) {
    const std::size_t packed = 2 * packed_size(s.width, 4 * s.width) + packed_size(s.inputs, 8 * s.width);
    const std::size_t factors = strips_size(s.inputs, s.slots) + 2 * strips_size(s.width, s.slots);
    return packed + 2 * all_sums(s) + factors + s.slots * (s.inputs + strip) * lanes + out_size(s) +
           2 * gates_size(s) + 4 * s.width * lanes;
  }
  explicit BackwardMemory(const LstmShape& s) : workspace(size(s)) {
    kernels = workspace.take(packed_size(s.inputs, 8 * s.width));
    x = workspace.take(strips_size(s.inputs, s.slots));
    std::fill_n(x, strips_size(s.inputs, s.slots), 0.0F);
    for (Side& each : side) {
      each.recurrent = workspace.take(packed_size(s.width, 4 * s.width));
      each.sums = workspace.take(all_sums(s));
      std::fill_n(each.sums, all_sums(s), 0.0F);
      each.states = workspace.take(strips_size(s.width, s.slots));
      std::fill_n(each.states, strips_size(s.width, s.slots), 0.0F);
      each.gates = workspace.take(gates_size(s));
      each.of_state = workspace.take(s.width * lanes);
      each.of_cell = workspace.take(s.width * lanes);
    }
    of_x = workspace.take(s.slots * s.inputs * lanes);
    of_out = workspace.take(out_size(s));
    std::fill_n(of_out, 2 * s.width * lanes, 0.0F);
    buffer = workspace.take(s.slots * strip * lanes);
  }
  Factor kernel_factor(const LstmShape& s, std::size_t i) const { return {x, s.inputs, side[i].sums}; }
  Factor recurrent_factor(const LstmShape& s, std::size_t i) const {
    return {side[i].states, s.width, side[i].sums + sums_size(s.inputs, 4 * s.width)};
  }
  float* bias_sums(const LstmShape& s, std::size_t i) const {
    return side[i].sums + all_sums(s) - sums_size(1, 4 * s.width);
  }

  struct Side {
    float *recurrent, *sums, *states, *gates;
    float *of_state, *of_cell;  ///< gradients of the state and the cell behind the step at hand
  };
  Workspace workspace;
  Side side[2];
  float *kernels, *x, *of_x, *buffer;
  float* of_out;  ///< a slot of zeros, then the gradients of the outputs [slot, both sides' units, lane]
};

/// One step of all units of a direction. `state`: where its states go in strips, or
/// null.
HWY_INLINE void backward_units(const LstmShape& s, const Record* record, const float* of_out,
                               const BackwardMemory::Side& side, float* gates, float* state) {
  const std::size_t rows = s.width * lanes;
  for (std::size_t u = 0; u < s.width; ++u) {
    const std::size_t at = u * lanes;
    const Record& r = record[u];
    const Vector in = load(r.in), forget = load(r.forget), candidate = load(r.candidate),
                 output = load(r.output), squashed = load(r.squashed);
    const Vector change = hn::Add(load(of_out + at), load(side.of_state + at));
    const Vector cell = mul_add(hn::Mul(change, output), slope_of_tangent(squashed), load(side.of_cell + at));
    store(gates + at, hn::Mul(hn::Mul(cell, candidate), slope_of_sigmoid(in)));
    store(gates + rows + at, hn::Mul(hn::Mul(cell, load(r.before)), slope_of_sigmoid(forget)));
    store(gates + 2 * rows + at, hn::Mul(hn::Mul(cell, in), slope_of_tangent(candidate)));
    store(gates + 3 * rows + at, hn::Mul(hn::Mul(change, squashed), slope_of_sigmoid(output)));
    store(side.of_cell + at, hn::Mul(cell, forget));
    if (state != nullptr)
      store(state + (u / strip * s.slots * strip + u % strip) * lanes, hn::Mul(output, squashed));
  }
}

/// Gradients of all gates of a block, and its states once more.
void backward_block(const LstmShape& s, const BackwardMemory& memory, float* tape, std::size_t block) {
  const std::size_t rows = s.width * lanes;
  for (const BackwardMemory::Side& each : memory.side) {
    std::fill_n(each.of_state, rows, 0.0F);
    std::fill_n(each.of_cell, rows, 0.0F);
  }
  for (std::size_t step = s.slots; step-- > 0;) {
    for (std::size_t i = 0; i < 2; ++i) {
      const BackwardMemory::Side& side = memory.side[i];
      const std::size_t t = slot_of(s, i, step);
      std::size_t of_out = 1 + t;
      if (s.last) of_out = step + 1 == s.slots ? 1 : 0;
      float* gates = side.gates + t * spread(4 * s.width) * lanes;
      // The state is what the next step started from; before the first one lie the zeros.
      float* state = step + 1 == s.slots ? nullptr : side.states + slot_of(s, i, step + 1) * strip * lanes;
      backward_units(s, records(tape, s, block, i) + t * s.width, memory.of_out + (2 * of_out + i) * rows,
                     side, gates, state);
      if (step > 0) multiply(s.width, side.recurrent, {gates, 4 * s.width}, {nullptr, 0}, side.of_state);
    }
  }
}

void add_weight_gradients(const LstmShape& s, const BackwardMemory& memory, std::size_t block) {
  for (std::size_t i = 0; i < 2; ++i)
    outer(s.slots, memory.side[i].gates, spread(4 * s.width) * lanes, 4 * s.width,
          {memory.kernel_factor(s, i), memory.recurrent_factor(s, i)}, memory.bias_sums(s, i), block % parts,
          memory.buffer);
}

void reduce_weight_gradients(const LstmShape& s, const BackwardMemory& memory, const AllGradients& to) {
  const std::size_t gates = 4 * s.width;
  const auto same = [](std::size_t gate) { return gate; };
  for (std::size_t i = 0; i < 2; ++i) {
    reduce(memory.kernel_factor(s, i), gates, same, to[i].kernel);
    reduce(memory.recurrent_factor(s, i), gates, same, to[i].recurrent);
    reduce(memory.bias_sums(s, i), gates, same, to[i].bias);
  }
}

void add_x_gradients(const LstmShape& s, const BackwardMemory& memory, std::size_t samples, float* to) {
  for (std::size_t t = 0; t < s.slots; ++t) {
    const std::size_t at = t * spread(4 * s.width) * lanes;
    multiply(s.inputs, memory.kernels, {memory.side[0].gates + at, 4 * s.width},
             {memory.side[1].gates + at, 4 * s.width}, memory.of_x + t * s.inputs * lanes);
  }
  from_lanes(Cursor(memory.of_x, s.inputs, s.inputs), samples, s.slots * s.inputs, to);
}

}  // namespace

void bilstm_forward(const LstmShape& s, const AllWeights& weights, const float* x, float* out, float* tape) {
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

void bilstm_backward(const LstmShape& s, const AllWeights& weights, const float* x, const float* tape,
                     const float* out_gradient, float* x_gradient, const AllGradients* gradients) {
  const BackwardMemory memory(s);
  const std::size_t gates = 4 * s.width;
  for (std::size_t side = 0; side < 2; ++side)
    pack(s.width, nullptr, {weights[side].recurrent, gates, gates, 1}, {nullptr, 0, 0, 0},
         memory.side[side].recurrent);
  pack(s.inputs, nullptr, {weights[0].kernel, gates, gates, 1}, {weights[1].kernel, gates, gates, 1},
       memory.kernels);
  backward_blocks(s, memory, 2 * s.width, x, tape, out_gradient, x_gradient, gradients);
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
