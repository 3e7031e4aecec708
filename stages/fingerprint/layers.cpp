#include "stages/fingerprint/layers.hpp"

#include "stages/fingerprint/model.hpp"

namespace ipet::fingerprint {
namespace {

/// LibTorch's layer wants its gates in the order r, z, c, each kernel transposed.
torch::Tensor as_torch(const torch::Tensor& gates, std::int64_t width) {
  const auto gate = [&](std::int64_t g) { return gates.narrow(-1, g * width, width); };
  const torch::Tensor ordered = torch::cat({gate(1), gate(0), gate(2)}, -1);
  return ordered.dim() == 2 ? ordered.t().contiguous() : ordered;
}

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
    : width_(width),
      kernel_(register_parameter("kernel", glorot_uniform_(torch::empty({inputs, 3 * width}), random))),
      recurrent_(register_parameter("recurrent", orthogonal_(torch::empty({width, 3 * width}), random))),
      bias_(register_parameter("bias", torch::zeros({2, 3 * width}))) {}

torch::Tensor Gru::sequences(const torch::Tensor& x) const {
  const torch::Tensor state = torch::zeros({1, x.size(0), width_}, x.options());
  return std::get<0>(torch::gru(x, state,
                                {as_torch(kernel_, width_), as_torch(recurrent_, width_),
                                 as_torch(bias_[0], width_), as_torch(bias_[1], width_)},
                                true, 1, 0.0, false, false, true));
}

torch::Tensor Gru::last(const torch::Tensor& x) const {
  return sequences(x).select(1, x.size(1) - 1);
}

}  // namespace ipet::fingerprint
