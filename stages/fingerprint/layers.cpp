#include "stages/fingerprint/layers.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include "stages/fingerprint/gru_kernel.hpp"
#include "stages/fingerprint/model.hpp"
#include "stages/fingerprint/tensor_pool.hpp"

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

GruShape gru_shape_of(const torch::Tensor& x, const torch::Tensor& recurrent, bool last) {
  const auto extent = [&](int d) { return static_cast<std::size_t>(x.size(d)); };
  return {extent(0), extent(1), extent(2), static_cast<std::size_t>(recurrent.size(0)), last};
}

GruWeights gru_weights_of(const variable_list& w) {
  return {w[0].data_ptr<float>(), w[1].data_ptr<float>(), w[2].data_ptr<float>()};
}

/// `tape` may be null.
torch::Tensor gru_forward_of(const GruShape& shape, const variable_list& weights, const torch::Tensor& x,
                             float* tape) {
  const std::int64_t width = weights[1].size(0);
  const torch::Tensor out = shape.last ? reused({x.size(0), width}) : reused({x.size(0), x.size(1), width});
  gru_forward(shape, gru_weights_of(weights), x.data_ptr<float>(), out.data_ptr<float>(), tape);
  return out;
}

/// The hand-written kernel as one operation of LibTorch's automatic differentiation.
struct GruFunction : torch::autograd::Function<GruFunction> {
  static torch::Tensor forward(AutogradContext* context, bool last, const torch::Tensor& x_in,
                               const torch::Tensor& kernel, const torch::Tensor& recurrent,
                               const torch::Tensor& bias) {
    const torch::Tensor x = x_in.contiguous();
    const GruShape shape = gru_shape_of(x, recurrent, last);
    const torch::Tensor tape = reused({static_cast<std::int64_t>(gru_tape_size(shape))});
    context->save_for_backward({kernel, recurrent, bias, x, tape});
    context->saved_data["last"] = last;
    context->saved_data["of_x"] = x_in.requires_grad();
    context->saved_data["of_weights"] = kernel.requires_grad();
    return gru_forward_of(shape, {kernel, recurrent, bias}, x, tape.data_ptr<float>());
  }

  static variable_list backward(AutogradContext* context, variable_list of_out) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[3], &tape = saved[4];
    const torch::Tensor gradient = of_out[0].contiguous();
    variable_list result(5);  // that of `last` stays undefined
    float* of_x = nullptr;
    if (context->saved_data["of_x"].toBool()) {
      result[1] = reused(x.sizes());
      of_x = result[1].data_ptr<float>();
    }
    GruGradients of_weights;
    const bool wanted = context->saved_data["of_weights"].toBool();
    if (wanted) {
      for (std::size_t i = 0; i < 3; ++i) result[i + 2] = torch::empty(saved[i].sizes());
      of_weights = {result[2].data_ptr<float>(), result[3].data_ptr<float>(), result[4].data_ptr<float>()};
    }
    gru_backward(gru_shape_of(x, saved[1], context->saved_data["last"].toBool()), gru_weights_of(saved),
                 x.data_ptr<float>(), tape.data_ptr<float>(), gradient.data_ptr<float>(), of_x,
                 wanted ? &of_weights : nullptr);
    return result;
  }
};

/// Inputs: x, silence, kernel and bias of both layers, mask.
struct HeadFunction : torch::autograd::Function<HeadFunction> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& silence,
                               const torch::Tensor& dense, const torch::Tensor& dense_bias,
                               const torch::Tensor& output, const torch::Tensor& output_bias,
                               const c10::optional<torch::Tensor>& mask) {
    const at::AutoDispatchBelowAutograd no_bookkeeping;
    const torch::Tensor all = torch::cat({x, silence}, 1),
                        hidden = torch::addmm(dense_bias, all, dense).tanh_();
    const torch::Tensor kept = mask ? hidden * *mask : hidden;
    context->save_for_backward({all, hidden, kept, dense, output, mask.value_or(torch::Tensor())});
    context->saved_data["of_x"] = x.requires_grad() || silence.requires_grad();
    context->saved_data["of_weights"] = dense.requires_grad();
    return torch::addmm(output_bias, kept, output);
  }

  static variable_list backward(AutogradContext* context, variable_list of_out) {
    const at::AutoDispatchBelowAutograd no_bookkeeping;
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &all = saved[0], &hidden = saved[1], &kept = saved[2], &dense = saved[3],
                        &output = saved[4], &mask = saved[5];
    const torch::Tensor& of_logits = of_out[0];
    torch::Tensor of_hidden = torch::mm(of_logits, output.t());
    if (mask.defined()) of_hidden.mul_(mask);
    const torch::Tensor of_dense = torch::tanh_backward(of_hidden, hidden);
    variable_list result(7);
    if (context->saved_data["of_weights"].toBool()) {
      result[2] = torch::mm(all.t(), of_dense);
      result[3] = of_dense.sum(0);
      result[4] = torch::mm(kept.t(), of_logits);
      result[5] = of_logits.sum(0);
    }
    if (context->saved_data["of_x"].toBool()) {
      const torch::Tensor of_all = torch::mm(of_dense, dense.t());
      result[0] = of_all.narrow(1, 0, all.size(1) - 1);
      result[1] = of_all.narrow(1, all.size(1) - 1, 1);
    }
    return result;
  }
};

struct SquaresFunction : torch::autograd::Function<SquaresFunction> {
  static torch::Tensor forward(AutogradContext* context, double weight, const torch::Tensor& a,
                               const c10::optional<torch::Tensor>& b) {
    const at::AutoDispatchBelowAutograd no_bookkeeping;
    context->saved_data["weight"] = weight;
    context->save_for_backward(b ? variable_list{a, *b} : variable_list{a});
    const auto squares = [](const torch::Tensor& x) { return torch::dot(x.view(-1), x.view(-1)); };
    return (b ? squares(a) + squares(*b) : squares(a)) * weight;
  }

  static variable_list backward(AutogradContext* context, variable_list of_out) {
    const at::AutoDispatchBelowAutograd no_bookkeeping;
    const double factor = 2 * context->saved_data["weight"].toDouble() * of_out[0].item<double>();
    variable_list result(3);
    const variable_list saved = context->get_saved_variables();
    for (std::size_t i = 0; i < saved.size(); ++i) result[i + 1] = saved[i] * factor;
    return result;
  }
};

c10::optional<torch::Tensor> if_defined(const torch::Tensor& tensor) {
  return tensor.defined() ? c10::optional<torch::Tensor>(tensor) : c10::nullopt;
}

}  // namespace

torch::Tensor head(const torch::Tensor& x, const torch::Tensor& silence, const torch::Tensor& mask,
                   const Dense& dense, const Dense& output) {
  return HeadFunction::apply(x, silence, dense.kernel(), dense.bias(), output.kernel(), output.bias(),
                             if_defined(mask));
}

torch::Tensor weighted_squares(double weight, const torch::Tensor& a, const torch::Tensor& b) {
  return SquaresFunction::apply(weight, a, if_defined(b));
}

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

torch::Tensor Gru::states(const torch::Tensor& x, bool last) const {
  if (kernel_.scalar_type() != torch::kFloat32) {
    const torch::Tensor all = gru_of_torch(x, kernel_, recurrent_, bias_);
    return last ? all.select(1, x.size(1) - 1) : all;
  }
  if (torch::GradMode::is_enabled() && (x.requires_grad() || kernel_.requires_grad()))
    return GruFunction::apply(last, x, kernel_, recurrent_, bias_);
  return gru_forward_of(gru_shape_of(x, recurrent_, last), {kernel_, recurrent_, bias_}, x.contiguous(),
                        nullptr);
}

}  // namespace ipet::fingerprint
