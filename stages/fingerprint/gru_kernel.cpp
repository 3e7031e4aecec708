#include "stages/fingerprint/gru_kernel.hpp"

#include "stages/fingerprint/simd.hpp"
#include "stages/fingerprint/simd_targets.hpp"
#include "stages/fingerprint/workspace.hpp"

#define HWY_TARGET_INCLUDE "stages/fingerprint/gru_kernel.cpp"
// clang-format off: this file once more for each target, each with the rest of the includes
#include <hwy/foreach_target.h>

#include "stages/fingerprint/lanes.hpp"
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

/// From the sums `gates` of `count` units, 1 or 2: [update, reset, inputs' and state's part of the candidate;
/// width, lane].
template <std::size_t count>
HWY_INLINE void finish_units(const float* gates, std::size_t rows, const float* before, Record* record,
                             float* state) {
  Vector update[count], reset[count], product[count];
  Fraction candidate[count];
  for (std::size_t i = 0; i < count; ++i) {
    update[i] = sigmoid_denominator(load(gates + i * lanes));
    reset[i] = sigmoid_denominator(load(gates + rows + i * lanes));
    invert(update[i], reset[i]);
    product[i] = load(gates + 3 * rows + i * lanes);
    candidate[i] = tangent(hn::MulAdd(reset[i], product[i], load(gates + 2 * rows + i * lanes)));
  }
  if constexpr (count == 2)
    invert(candidate[0].denominator, candidate[1].denominator);
  else
    candidate[0].denominator = hn::Div(all(1.0F), candidate[0].denominator);
  for (std::size_t i = 0; i < count; ++i) {
    const Vector value = hn::Mul(candidate[i].numerator, candidate[i].denominator),
                 old = load(before + i * lanes);
    store(record[i].update, update[i]);
    store(record[i].reset, reset[i]);
    store(record[i].candidate, value);
    store(record[i].product, product[i]);
    store(record[i].before, old);
    store(state + i * lanes, hn::MulAdd(update[i], hn::Sub(old, value), value));
  }
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
    std::size_t unit = 0;
    for (; unit + 2 <= s.width; unit += 2)
      finish_units<2>(memory.gates + unit * lanes, rows, before.first + unit * lanes, record + unit,
                      state + unit * lanes);
    if (unit < s.width)
      finish_units<1>(memory.gates + unit * lanes, rows, before.first + unit * lanes, record + unit,
                      state + unit * lanes);
  }
}

void forward(const GruShape& s, const GruWeights& weights, const float* x, float* out, float* tape) {
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

/// Memory of the backward pass: sums over all blocks, the rest for one. Gradients of what goes into the gates
/// are [slot, row, lane] with `width` rows each for the candidate's part from the inputs, for update and
/// reset, and for the candidate's part from the state: what the inputs feed lies in one piece, and so does
/// what the state feeds.
struct BackwardMemory {
  /// Rows of the sums: kernel, recurrent kernel, bias of the inputs and of the state.
  static std::size_t sum_rows(const GruShape& s) { return (s.inputs + s.width + 2) * 3 * s.width; }
  static std::size_t out_size(const GruShape& s) { return ((s.last ? 1 : s.slots) + 1) * s.width * lanes; }
  static std::size_t gates_size(const GruShape& s) { return s.slots * spread(4 * s.width) * lanes; }
  explicit BackwardMemory(const GruShape& s)
      : workspace(packed_size(s.width, 3 * s.width) + packed_size(s.inputs, 3 * s.width) +
                  sum_rows(s) * positions + s.slots * (spread(s.inputs) + s.inputs) * lanes +
                  States::size(s) + out_size(s) + gates_size(s) + 2 * s.width * lanes),
        recurrent(workspace.take(packed_size(s.width, 3 * s.width))),
        kernel(workspace.take(packed_size(s.inputs, 3 * s.width))),
        sums(workspace.take(sum_rows(s) * positions)),
        x(workspace.take(s.slots * spread(s.inputs) * lanes)),
        of_x(workspace.take(s.slots * s.inputs * lanes)),
        states(workspace.take(States::size(s)), s),
        of_out(workspace.take(out_size(s))),
        gates(workspace.take(gates_size(s))),
        of_state(workspace.take(s.width * lanes)),
        product(workspace.take(s.width * lanes)) {
    std::fill_n(sums, sum_rows(s) * positions, 0.0F);
    std::fill_n(of_out, s.width * lanes, 0.0F);
  }
  Workspace workspace;
  float *recurrent, *kernel, *sums, *x, *of_x;
  States states;
  float* of_out;  ///< a slot of zeros, then the gradients of the outputs [slot, unit, lane]
  float* gates;
  float* of_state;  ///< gradient of the state behind the slot at hand that the update gate lets through,
  float* product;   ///< and that which comes through the recurrent kernel
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
    const Vector of_candidate = hn::Mul(hn::NegMulAdd(state, update, state), slope_of_tangent(candidate));
    store(gates + at, of_candidate);
    store(gates + rows + at, hn::Mul(hn::Mul(state, hn::Sub(old, candidate)), slope_of_sigmoid(update)));
    store(gates + 2 * rows + at, hn::Mul(hn::Mul(of_candidate, load(r.product)), slope_of_sigmoid(reset)));
    store(gates + 3 * rows + at, hn::Mul(of_candidate, reset));
    store(memory.of_state + at, hn::Mul(state, update));
    store(before + at, old);
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
                   memory.states.before(t));
    if (t > 0) multiply(s.width, memory.recurrent, {gates + rows, 3 * s.width}, {nullptr, 0}, memory.product);
  }
}

void add_weight_gradients(const GruShape& s, const BackwardMemory& memory, std::size_t block) {
  const std::size_t columns = 3 * s.width;
  const auto stride = [](std::size_t rows) { return static_cast<std::ptrdiff_t>(spread(rows) * lanes); };
  const Series of_inputs{memory.gates, stride(4 * s.width), columns},
      of_state{memory.gates + s.width * lanes, stride(4 * s.width), columns};
  float* sums = memory.sums + block % parts * BackwardMemory::sum_rows(s) * lanes;
  outer(s.slots, {memory.x, stride(s.inputs), s.inputs}, of_inputs, sums);
  sums += s.inputs * columns * lanes;
  outer(s.slots, {memory.states.before(0), stride(s.width), s.width}, of_state, sums);
  sums += s.width * columns * lanes;
  add_steps(s.slots, of_inputs, sums);
  add_steps(s.slots, of_state, sums + columns * lanes);
}

void reduce_weight_gradients(const GruShape& s, const BackwardMemory& memory, const GruGradients& to) {
  const std::size_t width = s.width, columns = 3 * width, rows = BackwardMemory::sum_rows(s);
  std::size_t row = 0;
  // The candidate comes first in the sums, last in the kernels.
  const auto rotated = [&](float* gates) {
    reduce(memory.sums, rows, row, width, gates + 2 * width);
    reduce(memory.sums, rows, row + width, 2 * width, gates);
    row += columns;
  };
  for (std::size_t i = 0; i < s.inputs; ++i) rotated(to.kernel + i * columns);
  reduce(memory.sums, rows, row, width * columns, to.recurrent);
  row += width * columns;
  rotated(to.bias);
  reduce(memory.sums, rows, row, columns, to.bias + columns);
}

void add_x_gradients(const GruShape& s, const BackwardMemory& memory, std::size_t samples, float* to) {
  for (std::size_t t = 0; t < s.slots; ++t)
    multiply(s.inputs, memory.kernel, {memory.gates + t * spread(4 * s.width) * lanes, 3 * s.width},
             {nullptr, 0}, memory.of_x + t * s.inputs * lanes);
  from_lanes(Cursor(memory.of_x, s.inputs, s.inputs), samples, s.slots * s.inputs, to);
}

void backward(const GruShape& s, const GruWeights& w, const float* x, const float* tape,
              const float* out_gradient, float* x_gradient, const GruGradients* gradients) {
  const BackwardMemory memory(s);
  const std::size_t width = s.width, columns = 3 * width, out_size = (s.last ? 1 : s.slots) * width;
  pack(width, nullptr, {w.recurrent, columns, columns, 1}, {nullptr, 0, 0, 0}, memory.recurrent);
  // Behind the candidate's weights the others: the order of the gates' gradients.
  pack(s.inputs, nullptr, {w.kernel + 2 * width, width, columns, 1}, {w.kernel, 2 * width, columns, 1},
       memory.kernel);
  for (std::size_t begin = 0, block = 0; begin < s.samples; begin += lanes, ++block) {
    const std::size_t samples = std::min(lanes, s.samples - begin);
    to_lanes(out_gradient + begin * out_size, samples, out_size,
             Cursor(memory.of_out + width * lanes, width, width));
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

void gru_forward(const GruShape& s, const GruWeights& weights, const float* x, float* out, float* tape) {
  forward(s, weights, x, out, tape);
}
void gru_backward(const GruShape& s, const GruWeights& weights, const float* x, const float* tape,
                  const float* out_gradient, float* x_gradient, const GruGradients* gradients) {
  backward(s, weights, x, tape, out_gradient, x_gradient, gradients);
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
