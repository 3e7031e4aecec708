#include "stages/fingerprint/bilstm.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <torch/csrc/autograd/custom_function.h>

#include "stages/fingerprint/bilstm_kernel.hpp"
#include "stages/fingerprint/layers.hpp"
#include "stages/fingerprint/model.hpp"
#include "stages/fingerprint/tensor_pool.hpp"

namespace ipet::fingerprint {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// One direction of an LSTM. Gates lie in the order input, forget, cell, output, each `width` wide.
struct PlainLstm {
  torch::Tensor kernel;     ///< [inputs, 4 width]
  torch::Tensor recurrent;  ///< [width, 4 width]
  torch::Tensor bias;       ///< [4 width]
};

/// The states in the order in which they come about.
std::vector<torch::Tensor> states_of(const torch::Tensor& x, const PlainLstm& lstm, bool backward) {
  const std::int64_t slots = x.size(1), width = lstm.recurrent.size(0);
  torch::Tensor state = torch::zeros({x.size(0), width}, x.options()), cell = state;
  std::vector<torch::Tensor> states;
  for (std::int64_t t = 0; t < slots; ++t) {
    const torch::Tensor now = x.select(1, backward ? slots - 1 - t : t);
    const torch::Tensor gates =
        torch::matmul(now, lstm.kernel) + torch::matmul(state, lstm.recurrent) + lstm.bias;
    const auto gate = [&](std::int64_t g) { return gates.narrow(1, g * width, width); };
    cell = torch::sigmoid(gate(1)) * cell + torch::sigmoid(gate(0)) * torch::tanh(gate(2));
    state = torch::sigmoid(gate(3)) * torch::tanh(cell);
    states.push_back(state);
  }
  return states;
}

/// As BiLstm: x [N, slots, inputs] to [N, slots, 2 width], forward direction first, or with `last` to
/// [N, 2 width], the state of each direction after its own last slot.
torch::Tensor plain_bilstm(const torch::Tensor& x, const std::array<PlainLstm, 2>& directions, bool last) {
  const std::vector<torch::Tensor> forward = states_of(x, directions[0], false);
  std::vector<torch::Tensor> backward = states_of(x, directions[1], true);
  if (last) return torch::cat({forward.back(), backward.back()}, 1);
  std::reverse(backward.begin(), backward.end());
  return torch::cat({torch::stack(forward, 1), torch::stack(backward, 1)}, 2);
}

using AllWeights = std::array<LstmWeights, 2>;

LstmShape shape_of(const torch::Tensor& x, const torch::Tensor& recurrent, bool last) {
  const auto extent = [&](int d) { return static_cast<std::size_t>(x.size(d)); };
  return {extent(0), extent(1), extent(2), static_cast<std::size_t>(recurrent.size(0)), last};
}

AllWeights weights_of(const variable_list& w) {
  const auto side = [&](std::size_t i) {
    return LstmWeights{w[i].data_ptr<float>(), w[i + 1].data_ptr<float>(), w[i + 2].data_ptr<float>()};
  };
  return {side(0), side(3)};
}

/// `tape` may be null.
torch::Tensor forward_of(const LstmShape& shape, const variable_list& weights, const torch::Tensor& x,
                         float* tape) {
  const std::int64_t states = 2 * weights[1].size(0);
  const torch::Tensor out = shape.last ? reused({x.size(0), states}) : reused({x.size(0), x.size(1), states});
  bilstm_forward(shape, weights_of(weights), x.data_ptr<float>(), out.data_ptr<float>(), tape);
  return out;
}

/// The hand-written kernel as one operation of LibTorch's automatic differentiation. Inputs: x, then kernel,
/// recurrent kernel and bias of the forward and of the backward direction.
struct BiLstmFunction : torch::autograd::Function<BiLstmFunction> {
  static torch::Tensor forward(AutogradContext* context, bool last, const torch::Tensor& x_in,
                               const torch::Tensor& k0, const torch::Tensor& r0, const torch::Tensor& b0,
                               const torch::Tensor& k1, const torch::Tensor& r1, const torch::Tensor& b1) {
    const torch::Tensor x = x_in.contiguous();
    const LstmShape shape = shape_of(x, r0, last);
    const torch::Tensor tape = reused({static_cast<std::int64_t>(bilstm_tape_size(shape))});
    context->save_for_backward({k0, r0, b0, k1, r1, b1, x, tape});
    context->saved_data["last"] = last;
    context->saved_data["of_x"] = x_in.requires_grad();
    context->saved_data["of_weights"] = k0.requires_grad();
    return forward_of(shape, {k0, r0, b0, k1, r1, b1}, x, tape.data_ptr<float>());
  }

  static variable_list backward(AutogradContext* context, variable_list of_out) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[6], &tape = saved[7];
    const torch::Tensor gradient = of_out[0].contiguous();
    variable_list result(8);  // that of `last` stays undefined
    float* of_x = nullptr;
    if (context->saved_data["of_x"].toBool()) {
      result[1] = reused(x.sizes());
      of_x = result[1].data_ptr<float>();
    }
    std::array<LstmGradients, 2> of_weights;
    const bool wanted = context->saved_data["of_weights"].toBool();
    if (wanted) {
      for (std::size_t i = 0; i < 6; ++i) result[i + 2] = torch::empty(saved[i].sizes());
      for (std::size_t s = 0; s < 2; ++s)
        of_weights[s] = {result[3 * s + 2].data_ptr<float>(), result[3 * s + 3].data_ptr<float>(),
                         result[3 * s + 4].data_ptr<float>()};
    }
    bilstm_backward(shape_of(x, saved[1], context->saved_data["last"].toBool()), weights_of(saved),
                    x.data_ptr<float>(), tape.data_ptr<float>(), gradient.data_ptr<float>(), of_x,
                    wanted ? &of_weights : nullptr);
    return result;
  }
};

}  // namespace

BiLstm::Direction BiLstm::make(const std::string& name, std::int64_t inputs, std::int64_t width,
                               traffic::Random& random) {
  Direction d;
  d.kernel = register_parameter(name + "_kernel", glorot_uniform_(torch::empty({inputs, 4 * width}), random));
  d.recurrent =
      register_parameter(name + "_recurrent", orthogonal_(torch::empty({width, 4 * width}), random));
  const torch::Tensor bias = torch::zeros({4 * width});
  bias.narrow(0, width, width).fill_(1);  // forget gate: remember at first
  d.bias = register_parameter(name + "_bias", bias);
  return d;
}

BiLstm::BiLstm(std::int64_t inputs, std::int64_t width, traffic::Random& random)
    : forward_(make("forward", inputs, width, random)), backward_(make("backward", inputs, width, random)) {}

torch::Tensor BiLstm::states(const torch::Tensor& x, bool last) const {
  const Direction &f = forward_, &b = backward_;
  if (f.kernel.scalar_type() != torch::kFloat32)
    return plain_bilstm(x, {{{f.kernel, f.recurrent, f.bias}, {b.kernel, b.recurrent, b.bias}}}, last);
  if (torch::GradMode::is_enabled() && (x.requires_grad() || f.kernel.requires_grad()))
    return BiLstmFunction::apply(last, x, f.kernel, f.recurrent, f.bias, b.kernel, b.recurrent, b.bias);
  return forward_of(shape_of(x, f.recurrent, last),
                    {f.kernel, f.recurrent, f.bias, b.kernel, b.recurrent, b.bias}, x.contiguous(), nullptr);
}

torch::Tensor BiLstm::decay(double weight) const {
  return weighted_squares(weight, forward_.kernel, backward_.kernel);
}

}  // namespace ipet::fingerprint
