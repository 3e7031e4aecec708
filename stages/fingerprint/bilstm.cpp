#include "stages/fingerprint/bilstm.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include "stages/fingerprint/bilstm_kernel.hpp"
#include "stages/fingerprint/model.hpp"

namespace ipet::fingerprint {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

LstmShape shape_of(const torch::Tensor& x, const torch::Tensor& recurrent) {
  const auto extent = [&](int d) { return static_cast<std::size_t>(x.size(d)); };
  return {extent(0), extent(1), extent(2), static_cast<std::size_t>(recurrent.size(0))};
}

LstmWeights weights_of(const torch::Tensor& kernel, const torch::Tensor& recurrent,
                       const torch::Tensor& bias) {
  return {kernel.data_ptr<float>(), recurrent.data_ptr<float>(), bias.data_ptr<float>()};
}

/// The hand-written kernel as one operation of LibTorch's automatic differentiation. Inputs: x, then kernel,
/// recurrent kernel and bias of the forward and of the backward direction.
struct BiLstmFunction : torch::autograd::Function<BiLstmFunction> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_in, const torch::Tensor& k0,
                               const torch::Tensor& r0, const torch::Tensor& b0, const torch::Tensor& k1,
                               const torch::Tensor& r1, const torch::Tensor& b1) {
    const torch::Tensor x = x_in.contiguous();
    const LstmShape shape = shape_of(x, r0);
    const torch::Tensor out = torch::empty({x.size(0), x.size(1), 2 * r0.size(0)});
    const torch::Tensor tape = torch::empty({static_cast<std::int64_t>(bilstm_tape_size(shape))});
    bilstm_forward(shape, {weights_of(k0, r0, b0), weights_of(k1, r1, b1)}, x.data_ptr<float>(),
                   out.data_ptr<float>(), tape.data_ptr<float>());
    context->save_for_backward({k0, r0, b0, k1, r1, b1});
    context->saved_data["tape"] = tape;
    context->saved_data["sizes"] = x.sizes().vec();
    context->saved_data["of_x"] = x_in.requires_grad();
    context->saved_data["of_weights"] = k0.requires_grad();
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list of_out) {
    const variable_list w = context->get_saved_variables();
    const torch::Tensor tape = context->saved_data["tape"].toTensor();
    const std::vector<std::int64_t> sizes = context->saved_data["sizes"].toIntVector();
    const torch::Tensor gradient = of_out[0].contiguous();
    const LstmShape shape{static_cast<std::size_t>(sizes[0]), static_cast<std::size_t>(sizes[1]),
                          static_cast<std::size_t>(sizes[2]), static_cast<std::size_t>(w[1].size(0))};
    variable_list result(7);
    float* of_x = nullptr;
    if (context->saved_data["of_x"].toBool()) {
      result[0] = torch::empty(sizes);
      of_x = result[0].data_ptr<float>();
    }
    std::array<LstmGradients, 2> of_weights;
    const bool wanted = context->saved_data["of_weights"].toBool();
    if (wanted) {
      for (std::size_t i = 0; i < 6; ++i) result[i + 1] = torch::empty(w[i].sizes());
      for (std::size_t s = 0; s < 2; ++s)
        of_weights[s] = {result[3 * s + 1].data_ptr<float>(), result[3 * s + 2].data_ptr<float>(),
                         result[3 * s + 3].data_ptr<float>()};
    }
    bilstm_backward(shape, {weights_of(w[0], w[1], w[2]), weights_of(w[3], w[4], w[5])},
                    tape.data_ptr<float>(), gradient.data_ptr<float>(), of_x, wanted ? &of_weights : nullptr);
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
    : width_(width),
      forward_(make("forward", inputs, width, random)),
      backward_(make("backward", inputs, width, random)) {}

torch::Tensor BiLstm::sequences(const torch::Tensor& x) const {
  return BiLstmFunction::apply(x, forward_.kernel, forward_.recurrent, forward_.bias, backward_.kernel,
                               backward_.recurrent, backward_.bias);
}

torch::Tensor BiLstm::last(const torch::Tensor& x) const {
  const torch::Tensor states = sequences(x);
  return torch::cat({states.select(1, states.size(1) - 1).narrow(1, 0, width_),
                     states.select(1, 0).narrow(1, width_, width_)},
                    1);
}

torch::Tensor BiLstm::squared_input_kernels() const {
  return forward_.kernel.square().sum() + backward_.kernel.square().sum();
}

}  // namespace ipet::fingerprint
