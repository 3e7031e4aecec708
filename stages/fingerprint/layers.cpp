#include "stages/fingerprint/layers.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include "stages/fingerprint/gru_kernel.hpp"
#include "stages/fingerprint/model.hpp"

namespace ipet::fingerprint {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// LibTorch's layer wants its gates in the order r, z, c, each kernel transposed.
torch::Tensor as_torch(const torch::Tensor& gates, std::int64_t width) {
  const auto gate = [&](std::int64_t g) { return gates.narrow(-1, g * width, width); };
  const torch::Tensor ordered = torch::cat({gate(1), gate(0), gate(2)}, -1);
  return ordered.dim() == 2 ? ordered.t().contiguous() : ordered;
}

/// In other precisions than the kernel's.
torch::Tensor gru_of_torch(const torch::Tensor& x, const torch::Tensor& kernel,
                           const torch::Tensor& recurrent, const torch::Tensor& bias) {
  const std::int64_t width = recurrent.size(0);
  const torch::Tensor state = torch::zeros({1, x.size(0), width}, x.options());
  return std::get<0>(torch::gru(x, state,
                                {as_torch(kernel, width), as_torch(recurrent, width),
                                 as_torch(bias[0], width), as_torch(bias[1], width)},
                                true, 1, 0.0, false, false, true));
}

GruShape shape_of(const std::vector<std::int64_t>& x, const torch::Tensor& recurrent) {
  const auto extent = [](std::int64_t size) { return static_cast<std::size_t>(size); };
  return {extent(x.at(0)), extent(x.at(1)), extent(x.at(2)), extent(recurrent.size(0))};
}

GruWeights weights_of(const torch::Tensor& kernel, const torch::Tensor& recurrent,
                      const torch::Tensor& bias) {
  return {kernel.data_ptr<float>(), recurrent.data_ptr<float>(), bias.data_ptr<float>()};
}

/// The hand-written kernel as one operation of LibTorch's automatic differentiation.
struct GruFunction : torch::autograd::Function<GruFunction> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_in,
                               const torch::Tensor& kernel, const torch::Tensor& recurrent,
                               const torch::Tensor& bias) {
    const torch::Tensor x = x_in.contiguous();
    const GruShape shape = shape_of(x.sizes().vec(), recurrent);
    const torch::Tensor out = torch::empty({x.size(0), x.size(1), recurrent.size(0)});
    const torch::Tensor tape = torch::empty({static_cast<std::int64_t>(gru_tape_size(shape))});
    gru_forward(shape, weights_of(kernel, recurrent, bias), x.data_ptr<float>(), out.data_ptr<float>(),
                tape.data_ptr<float>());
    context->save_for_backward({kernel, recurrent, bias});
    context->saved_data["tape"] = tape;
    context->saved_data["sizes"] = x.sizes().vec();
    context->saved_data["of_x"] = x_in.requires_grad();
    context->saved_data["of_weights"] = kernel.requires_grad();
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list of_out) {
    const variable_list w = context->get_saved_variables();
    const torch::Tensor tape = context->saved_data["tape"].toTensor();
    const std::vector<std::int64_t> sizes = context->saved_data["sizes"].toIntVector();
    const torch::Tensor gradient = of_out[0].contiguous();
    variable_list result(4);
    float* of_x = nullptr;
    if (context->saved_data["of_x"].toBool()) {
      result[0] = torch::empty(sizes);
      of_x = result[0].data_ptr<float>();
    }
    GruGradients of_weights;
    const bool wanted = context->saved_data["of_weights"].toBool();
    if (wanted) {
      for (std::size_t i = 0; i < 3; ++i) result[i + 1] = torch::empty(w[i].sizes());
      of_weights = {result[1].data_ptr<float>(), result[2].data_ptr<float>(), result[3].data_ptr<float>()};
    }
    gru_backward(shape_of(sizes, w[1]), weights_of(w[0], w[1], w[2]), tape.data_ptr<float>(),
                 gradient.data_ptr<float>(), of_x, wanted ? &of_weights : nullptr);
    return result;
  }
};

}  // namespace

Dense::Dense(std::int64_t inputs, std::int64_t outputs, traffic::Random& random)
    : kernel_(register_parameter("kernel", glorot_uniform_(torch::empty({inputs, outputs}), random))),
      bias_(register_parameter("bias", torch::zeros({outputs}))) {}

torch::Tensor Dense::forward(const torch::Tensor& x) const {
  if (x.dim() == 2) return torch::addmm(bias_, x, kernel_);
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() = kernel_.size(1);
  return torch::addmm(bias_, x.reshape({-1, kernel_.size(0)}), kernel_).view(sizes);
}

Convolution::Convolution(std::int64_t inputs, std::int64_t filters, std::int64_t kernel_size,
                         traffic::Random& random)
    : kernel_size_(kernel_size),
      kernel_(register_parameter("kernel", torch::empty({kernel_size, inputs, filters}))),
      bias_(register_parameter("bias", torch::zeros({filters}))) {
  const double fans = static_cast<double>(kernel_size * (inputs + filters)), limit = std::sqrt(6.0 / fans);
  float* values = kernel_.data_ptr<float>();
  for (std::int64_t i = 0; i < kernel_.numel(); ++i)
    values[i] = static_cast<float>(random.uniform(-limit, limit));
}

torch::Tensor Convolution::forward(const torch::Tensor& x) const {
  const std::int64_t slots = x.size(1) - kernel_size_ + 1, filters = kernel_.size(2);
  std::vector<torch::Tensor> shifted;
  for (std::int64_t k = 0; k < kernel_size_; ++k) shifted.push_back(x.narrow(1, k, slots));
  const torch::Tensor patches = torch::cat(shifted, 2);  // [N, slots, kernel_size * inputs]
  return torch::addmm(bias_, patches.view({-1, patches.size(2)}), kernel_.view({-1, filters}))
      .view({x.size(0), slots, filters});
}

torch::Tensor max_pool(const torch::Tensor& x, std::int64_t size) {
  const std::int64_t slots = x.size(1) / size;
  return x.narrow(1, 0, slots * size).reshape({x.size(0), slots, size, x.size(2)}).amax(2);
}

Gru::Gru(std::int64_t inputs, std::int64_t width, traffic::Random& random)
    : kernel_(register_parameter("kernel", glorot_uniform_(torch::empty({inputs, 3 * width}), random))),
      recurrent_(register_parameter("recurrent", orthogonal_(torch::empty({width, 3 * width}), random))),
      bias_(register_parameter("bias", torch::zeros({2, 3 * width}))) {}

torch::Tensor Gru::sequences(const torch::Tensor& x) const {
  if (kernel_.scalar_type() != torch::kFloat32) return gru_of_torch(x, kernel_, recurrent_, bias_);
  return GruFunction::apply(x, kernel_, recurrent_, bias_);
}

torch::Tensor Gru::last(const torch::Tensor& x) const {
  return sequences(x).select(1, x.size(1) - 1);
}

}  // namespace ipet::fingerprint
