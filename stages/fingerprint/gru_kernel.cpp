#include "stages/fingerprint/gru_kernel.hpp"

#include "stages/simd/simd.hpp"
#include "stages/simd/simd_targets.hpp"
#include "stages/simd/workspace.hpp"

#define HWY_TARGET_INCLUDE "stages/fingerprint/gru_kernel.cpp"
// clang-format off: this file once more for each target, each with the rest of the includes
#include <hwy/foreach_target.h>

#include "stages/simd/simd_lanes.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace ipet::fingerprint::HWY_NAMESPACE {
namespace {

/// What is kept of a unit's slot: its gates, what the reset gate scales (the state times the candidate's
/// weights plus its bias), and the state before.
struct Record {
  float update[lanes], reset[lanes], candidate[lanes], product[lanes], before[lanes];
};
constexpr std::size_t record_size = sizeof(Record) / sizeof(float);

/// Records of a block, [slot, unit].
Record* records(float* tape, const GruShape& s, std::size_t block) {
  return reinterpret_cast<Record*>(tape) + block * s.slots * s.width;
}

/// States of a block, [1 + slot, unit, lane], behind a slot of zeros.
struct States {
  States(float* memory, const GruShape& s) : first(memory), stride(spread(s.width) * lanes) {
    std::fill_n(first, stride, 0.0F);
  }
  static std::size_t size(const GruShape& s) { return (s.slots + 1) * spread(s.width) * lanes; }
  float* at(std::size_t t) const { return first + (t + 1) * stride; }
  float* before(std::size_t t) const { return first + t * stride; }
  float* first;
  std::size_t stride;
};

/// Gates of `count` units from the sums `gates` [update, reset, inputs' and state's part of the candidate;
/// width, lane]. The argument of the candidate takes the place of the inputs' part.
template <std::size_t count>
HWY_INLINE void finish_gates(float* gates, std::size_t rows, Record* record) {
  Vector x[2 * count];
  float scale[2 * count];
  std::fill_n(scale, 2 * count, -1.0F);
  for (std::size_t i = 0; i < count; ++i) {
    x[2 * i] = load(gates + i * lanes);
    x[2 * i + 1] = load(gates + rows + i * lanes);
  }
  Exponentials<2 * count> e;
  exponentials(x, scale, e);
  for (std::size_t i = 0; i < count; ++i) {
    Vector update = mul_add(e.fraction[2 * i], e.power[2 * i], all(1.0F)),
           reset = mul_add(e.fraction[2 * i + 1], e.power[2 * i + 1], all(1.0F));
    invert(update, reset);
    const Vector product = load(gates + 3 * rows + i * lanes);
    float* candidate = gates + 2 * rows + i * lanes;
    store(candidate, mul_add(reset, product, load(candidate)));
    store(record[i].update, update);
    store(record[i].reset, reset);
    store(record[i].product, product);
  }
}
/// States of `count` units from the arguments of their candidates.
template <std::size_t count>
HWY_INLINE void finish_states(const float* arguments, const float* before, Record* record, float* state) {
  Vector candidate[count];
  for (std::size_t i = 0; i < count; ++i) candidate[i] = load(arguments + i * lanes);
  tangents(candidate);
  for (std::size_t i = 0; i < count; ++i) {
    const Vector old = load(before + i * lanes);
    store(record[i].candidate, candidate[i]);
    store(record[i].before, old);
    store(state + i * lanes, mul_add(load(record[i].update), hn::Sub(old, candidate[i]), candidate[i]));
  }
}
HWY_INLINE void finish_step(std::size_t width, float* gates, const float* before, Record* record,
                            float* state) {
  constexpr std::size_t together = functions_together / 2;
  const std::size_t rows = width * lanes;
  std::size_t u = 0;
  for (; u + together <= width; u += together) finish_gates<together>(gates + u * lanes, rows, record + u);
  for (; u < width; ++u) finish_gates<1>(gates + u * lanes, rows, record + u);
  const float* arguments = gates + 2 * rows;
  u = 0;
  for (; u + functions_together <= width; u += functions_together)
    finish_states<functions_together>(arguments + u * lanes, before + u * lanes, record + u,
                                      state + u * lanes);
  for (; u + 2 <= width; u += 2)
    finish_states<2>(arguments + u * lanes, before + u * lanes, record + u, state + u * lanes);
  if (u < width) finish_states<1>(arguments + u * lanes, before + u * lanes, record + u, state + u * lanes);
}

/// Memory of the forward pass, for one block. Weights of the update and reset gates, then of the inputs' part
/// of the candidate and of the state's.
struct ForwardMemory {
  static std::size_t both(const GruShape& s) { return packed_size(2 * s.width, s.inputs + s.width); }
  explicit ForwardMemory(const GruShape& s)
      : workspace(both(s) + packed_size(s.width, s.inputs) + packed_size(s.width, s.width) +
                  (s.slots * spread(s.inputs) + 4 * s.width) * lanes + States::size(s) +
                  s.width * record_size + 2 * s.width),
        gate_bias(workspace.take(2 * s.width)),
        gate_weights(workspace.take(both(s))),
        input_weights(workspace.take(packed_size(s.width, s.inputs))),
        state_weights(workspace.take(packed_size(s.width, s.width))),
        x(workspace.take(s.slots * spread(s.inputs) * lanes)),
        states(workspace.take(States::size(s)), s),
        gates(workspace.take(4 * s.width * lanes)),
        spare(workspace.take(s.width * record_size)) {}
  Workspace workspace;
  float *gate_bias, *gate_weights, *input_weights, *state_weights, *x;
  States states;
  float *gates, *spare;
};

void pack_all(const GruShape& s, const GruWeights& w, const ForwardMemory& memory) {
  const std::size_t width = s.width, columns = 3 * width;
  for (std::size_t i = 0; i < 2 * width; ++i) memory.gate_bias[i] = w.bias[i] + w.bias[columns + i];
  pack(2 * width, memory.gate_bias, {w.kernel, s.inputs, 1, columns}, {w.recurrent, width, 1, columns},
       memory.gate_weights);
  pack(width, w.bias + 2 * width, {w.kernel + 2 * width, s.inputs, 1, columns}, {nullptr, 0, 0, 0},
       memory.input_weights);
  pack(width, w.bias + columns + 2 * width, {w.recurrent + 2 * width, width, 1, columns}, {nullptr, 0, 0, 0},
       memory.state_weights);
}

void forward_block(const GruShape& s, const ForwardMemory& memory, float* tape, std::size_t block) {
  const std::size_t rows = s.width * lanes;
  for (std::size_t t = 0; t < s.slots; ++t) {
    float* state = memory.states.at(t);
    const Rows x{memory.x + t * spread(s.inputs) * lanes, s.inputs}, before{memory.states.before(t), s.width};
    multiply(2 * s.width, memory.gate_weights, x, before, memory.gates);
    multiply(s.width, memory.input_weights, x, {nullptr, 0}, memory.gates + 2 * rows);
    multiply(s.width, memory.state_weights, before, {nullptr, 0}, memory.gates + 3 * rows);
    Record* record =
        tape == nullptr ? reinterpret_cast<Record*>(memory.spare) : records(tape, s, block) + t * s.width;
    finish_step(s.width, memory.gates, before.first, record, state);
  }
}

/// Memory of the backward pass: sums over all blocks, the rest for one. Gradients of what goes into the gates
/// are [slot, row, lane] with `width` rows each for the candidate's part from the inputs, for update and
/// reset, and for the candidate's part from the state: what the inputs feed lies in one piece, and so does
/// what the state feeds. Inputs and states before the slot lie in strips.
struct BackwardMemory {
  static std::size_t out_size(const GruShape& s) { return ((s.last ? 1 : s.slots) + 1) * s.width * lanes; }
  static std::size_t gates_size(const GruShape& s) { return s.slots * spread(4 * s.width) * lanes; }
  static std::size_t all_sums(const GruShape& s) {
    return sums_size(s.inputs, 3 * s.width) + sums_size(s.width, 3 * s.width) + 2 * sums_size(1, 3 * s.width);
  }
  static std::size_t size(const GruShape& s) {
    return packed_size(s.width, 3 * s.width) + packed_size(s.inputs, 3 * s.width) + all_sums(s) +
           strips_size(s.inputs, s.slots) + strips_size(s.width, s.slots) +
           s.slots * (s.inputs + strip) * lanes + out_size(s) + gates_size(s) + 2 * s.width * lanes;
  }
  explicit BackwardMemory(const GruShape& s)
      : workspace(size(s)),
        recurrent(workspace.take(packed_size(s.width, 3 * s.width))),
        kernel(workspace.take(packed_size(s.inputs, 3 * s.width))),
        sums(workspace.take(all_sums(s))),
        x(workspace.take(strips_size(s.inputs, s.slots))),
        states(workspace.take(strips_size(s.width, s.slots))),
        of_x(workspace.take(s.slots * s.inputs * lanes)),
        of_out(workspace.take(out_size(s))),
        gates(workspace.take(gates_size(s))),
        of_state(workspace.take(s.width * lanes)),
        product(workspace.take(s.width * lanes)),
        buffer(workspace.take(s.slots * strip * lanes)) {
    std::fill_n(sums, all_sums(s), 0.0F);
    std::fill_n(x, strips_size(s.inputs, s.slots), 0.0F);
    std::fill_n(states, strips_size(s.width, s.slots), 0.0F);
    std::fill_n(of_out, s.width * lanes, 0.0F);
  }
  Factor kernel_factor(const GruShape& s) const { return {x, s.inputs, sums}; }
  Factor recurrent_factor(const GruShape& s) const {
    return {states, s.width, sums + sums_size(s.inputs, 3 * s.width)};
  }
  /// Of the inputs, 0, and of the state, 1.
  float* bias_sums(const GruShape& s, std::size_t i) const {
    return sums + all_sums(s) - (2 - i) * sums_size(1, 3 * s.width);
  }

  Workspace workspace;
  float *recurrent, *kernel, *sums, *x, *states, *of_x;
  float* of_out;  ///< a slot of zeros, then the gradients of the outputs [slot, unit, lane]
  float* gates;
  float* of_state;  ///< gradient of the state behind the slot at hand that the update gate lets through,
  float* product;   ///< and that which comes through the recurrent kernel
  float* buffer;
};

/// One slot of all units.
HWY_INLINE void backward_units(const GruShape& s, const Record* record, const float* of_out,
                               const BackwardMemory& memory, float* gates, float* before) {
  const std::size_t rows = s.width * lanes;
  for (std::size_t u = 0; u < s.width; ++u) {
    const std::size_t at = u * lanes;
    const Record& r = record[u];
    const Vector update = load(r.update), reset = load(r.reset), candidate = load(r.candidate),
                 old = load(r.before);
    const Vector state =
        hn::Add(load(of_out + at), hn::Add(load(memory.of_state + at), load(memory.product + at)));
    const Vector of_candidate = hn::Mul(neg_mul_add(state, update, state), slope_of_tangent(candidate));
    store(gates + at, of_candidate);
    store(gates + rows + at, hn::Mul(hn::Mul(state, hn::Sub(old, candidate)), slope_of_sigmoid(update)));
    store(gates + 2 * rows + at, hn::Mul(hn::Mul(of_candidate, load(r.product)), slope_of_sigmoid(reset)));
    store(gates + 3 * rows + at, hn::Mul(of_candidate, reset));
    store(memory.of_state + at, hn::Mul(state, update));
    store(before + (u / strip * s.slots * strip + u % strip) * lanes, old);
  }
}

/// Gradients of all gates of a block, and its states once more.
void backward_block(const GruShape& s, const BackwardMemory& memory, float* tape, std::size_t block) {
  const std::size_t rows = s.width * lanes;
  std::fill_n(memory.of_state, rows, 0.0F);
  std::fill_n(memory.product, rows, 0.0F);
  for (std::size_t t = s.slots; t-- > 0;) {
    std::size_t of_out = 1 + t;
    if (s.last) of_out = t + 1 == s.slots ? 1 : 0;
    float* gates = memory.gates + t * spread(4 * s.width) * lanes;
    backward_units(s, records(tape, s, block) + t * s.width, memory.of_out + of_out * rows, memory, gates,
                   memory.states + t * strip * lanes);
    if (t > 0) multiply(s.width, memory.recurrent, {gates + rows, 3 * s.width}, {nullptr, 0}, memory.product);
  }
}

void add_weight_gradients(const GruShape& s, const BackwardMemory& memory, std::size_t block) {
  const std::size_t stride = spread(4 * s.width) * lanes;
  outer(s.slots, memory.gates, stride, 3 * s.width, {memory.kernel_factor(s)}, memory.bias_sums(s, 0),
        block % parts, memory.buffer);
  outer(s.slots, memory.gates + s.width * lanes, stride, 3 * s.width, {memory.recurrent_factor(s)},
        memory.bias_sums(s, 1), block % parts, memory.buffer);
}

void reduce_weight_gradients(const GruShape& s, const BackwardMemory& memory, const GruGradients& to) {
  const std::size_t width = s.width, gates = 3 * width;
  // What the inputs feed begins with the candidate, which comes last in the kernels.
  const auto rotated = [=](std::size_t g) { return g < 2 * width ? g + width : g - 2 * width; };
  const auto same = [](std::size_t g) { return g; };
  reduce(memory.kernel_factor(s), gates, rotated, to.kernel);
  reduce(memory.recurrent_factor(s), gates, same, to.recurrent);
  reduce(memory.bias_sums(s, 0), gates, rotated, to.bias);
  reduce(memory.bias_sums(s, 1), gates, same, to.bias + gates);
}

void add_x_gradients(const GruShape& s, const BackwardMemory& memory, std::size_t samples, float* to) {
  for (std::size_t t = 0; t < s.slots; ++t)
    multiply(s.inputs, memory.kernel, {memory.gates + t * spread(4 * s.width) * lanes, 3 * s.width},
             {nullptr, 0}, memory.of_x + t * s.inputs * lanes);
  from_lanes(Cursor(memory.of_x, s.inputs, s.inputs), samples, s.slots * s.inputs, to);
}

}  // namespace

void gru_forward(const GruShape& s, const GruWeights& weights, const float* x, float* out, float* tape) {
  const ForwardMemory memory(s);
  pack_all(s, weights, memory);
  for (std::size_t begin = 0, block = 0; begin < s.samples; begin += lanes, ++block) {
    const std::size_t samples = std::min(lanes, s.samples - begin);
    to_lanes(x + begin * s.slots * s.inputs, samples, s.slots * s.inputs,
             Cursor(memory.x, s.inputs, spread(s.inputs)));
    forward_block(s, memory, tape, block);
    const std::size_t wanted = s.last ? 1 : s.slots;
    from_lanes(Cursor(memory.states.at(s.slots - wanted), s.width, spread(s.width)), samples,
               wanted * s.width, out + begin * wanted * s.width);
  }
}

void gru_backward(const GruShape& s, const GruWeights& w, const float* x, const float* tape,
                  const float* out_gradient, float* x_gradient, const GruGradients* gradients) {
  const BackwardMemory memory(s);
  const std::size_t width = s.width, columns = 3 * width;
  pack(width, nullptr, {w.recurrent, columns, columns, 1}, {nullptr, 0, 0, 0}, memory.recurrent);
  // Behind the candidate's weights the others: the order of the gates' gradients.
  pack(s.inputs, nullptr, {w.kernel + 2 * width, width, columns, 1}, {w.kernel, 2 * width, columns, 1},
       memory.kernel);
  backward_blocks(s, memory, width, x, tape, out_gradient, x_gradient, gradients);
}

}  // namespace ipet::fingerprint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ipet::fingerprint {
namespace {

HWY_EXPORT(gru_forward);
HWY_EXPORT(gru_backward);

}  // namespace

std::size_t gru_tape_size(const GruShape& s) {
  constexpr std::size_t positions = 16, numbers = 5;  // of the target with the most lanes
  return (s.samples + positions - 1) / positions * positions * numbers * s.slots * s.width;
}

void gru_forward(const GruShape& shape, const GruWeights& weights, const float* x, float* out, float* tape) {
  choose_simd();
  HWY_DYNAMIC_DISPATCH(gru_forward)(shape, weights, x, out, tape);
}

void gru_backward(const GruShape& shape, const GruWeights& weights, const float* x, const float* tape,
                  const float* out_gradient, float* x_gradient, const GruGradients* gradients) {
  choose_simd();
  HWY_DYNAMIC_DISPATCH(gru_backward)(shape, weights, x, tape, out_gradient, x_gradient, gradients);
}

}  // namespace ipet::fingerprint
#endif
