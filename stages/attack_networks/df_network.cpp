#include "stages/attack_networks/df_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ipet::attack {
namespace {

constexpr std::int64_t filters[] = {32, 64, 128, 256}, kernel_size = 8, pool = 8, stride = 4,
                       dense_width = 512;
constexpr double block_dropout = 0.1, dense_dropout[] = {0.7, 0.5};
constexpr double momentum = 0.1, epsilon = 1e-3;

std::int64_t size_of(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t pooled(std::int64_t length) {
  return (length + stride - 1) / stride;
}

/// As long as the input ("same").
torch::Tensor convolve(const torch::Tensor& x, const torch::Tensor& kernel, const torch::Tensor& bias) {
  return at::conv1d(at::constant_pad_nd(x, {(kernel_size - 1) / 2, kernel_size / 2}), kernel, bias);
}

/// One value for every `stride` packets that begin ("same").
torch::Tensor max_pool(const torch::Tensor& x) {
  const std::int64_t length = x.size(2),
                     padding = std::max<std::int64_t>(0, (pooled(length) - 1) * stride + pool - length);
  return at::max_pool1d(
      at::constant_pad_nd(x, {padding / 2, padding - padding / 2}, -std::numeric_limits<float>::infinity()),
      pool, stride);
}

torch::Tensor drop(const torch::Tensor& x, double rate, std::optional<traffic::Random>& random) {
  if (!random) return x;
  const torch::Tensor mask = torch::empty(x.sizes(), torch::kFloat32);
  const auto scale = static_cast<float>(1 / (1 - rate));
  float* const values = mask.data_ptr<float>();
  traffic::Random stream = *random;  // stays in registers
  for (std::int64_t i = 0; i < mask.numel(); ++i) values[i] = stream.uniform() < rate ? 0.0F : scale;
  random = stream;
  return x * mask;
}

}  // namespace

DfNetwork::DfNetwork(std::int64_t channels, std::int64_t length, std::int64_t classes,
                     traffic::Random random) {
  std::int64_t inputs = channels;
  for (const std::int64_t width : filters) {
    for (int i = 0; i < 2; ++i) {
      convolutions_.push_back(add_layer({width, inputs, kernel_size}, true));
      inputs = width;
    }
    length = pooled(length);
  }
  dense_.push_back(add_layer({dense_width, inputs * length}, true));
  dense_.push_back(add_layer({dense_width, dense_width}, true));
  dense_.push_back(add_layer({classes, dense_width}, false));
  fill(random);
}

DfNetwork::Layer DfNetwork::add_layer(std::vector<std::int64_t> kernel, bool normalised) {
  const std::int64_t width = kernel[0];
  Layer layer;
  layer.normalised = normalised;
  layer.kernel = shapes_.size();
  shapes_.push_back(std::move(kernel));
  layer.bias = shapes_.size();
  shapes_.push_back({width});
  if (!normalised) return layer;
  layer.scale = shapes_.size();
  shapes_.push_back({width});
  layer.shift = shapes_.size();
  shapes_.push_back({width});
  layer.mean = widths_.size();
  widths_.push_back(width);
  layer.variance = widths_.size();
  widths_.push_back(width);
  return layer;
}

void DfNetwork::fill(traffic::Random& random) {
  std::int64_t all = 0;
  for (const auto& shape : shapes_) all += size_of(shape);
  values_.assign(static_cast<std::size_t>(all), 0);
  float* at = values_.data();
  for (const auto& shape : shapes_) {
    parameters_.push_back(torch::from_blob(at, shape, torch::kFloat32).set_requires_grad(true));
    at += size_of(shape);
  }
  statistics_.assign(static_cast<std::size_t>(std::accumulate(widths_.begin(), widths_.end(), 0L)), 0);
  at = statistics_.data();
  for (const std::int64_t width : widths_) {
    running_.push_back(torch::from_blob(at, {width}, torch::kFloat32));
    at += width;
  }
  for (std::vector<Layer>* layers : {&convolutions_, &dense_})
    for (const Layer& layer : *layers) {
      const auto& shape = shapes_[layer.kernel];
      const auto fields = static_cast<double>(shape.size() == 3 ? shape[2] : 1);
      const double limit = std::sqrt(6.0 / (fields * static_cast<double>(shape[0] + shape[1])));
      float* const kernel = parameters_[layer.kernel].data_ptr<float>();
      for (std::int64_t i = 0; i < size_of(shape); ++i)
        kernel[i] = static_cast<float>(random.uniform(-limit, limit));
      if (!layer.normalised) continue;
      std::fill_n(parameters_[layer.scale].data_ptr<float>(), shape[0], 1.0F);
      std::fill_n(running_[layer.variance].data_ptr<float>(), shape[0], 1.0F);
    }
}

torch::Tensor DfNetwork::normalise(const torch::Tensor& x, const Layer& layer, bool training) {
  return at::batch_norm(x, parameters_[layer.scale], parameters_[layer.shift], running_[layer.mean],
                        running_[layer.variance], training, momentum, epsilon, false);
}

torch::Tensor DfNetwork::forward(const torch::Tensor& input, std::optional<traffic::Random> dropout) {
  const bool training = dropout.has_value();
  torch::Tensor x = input;
  for (std::size_t i = 0; i < convolutions_.size(); ++i) {
    const Layer& layer = convolutions_[i];
    x = normalise(convolve(x, parameters_[layer.kernel], parameters_[layer.bias]), layer, training);
    x = i < 2 ? at::elu(x) : at::relu(x);
    if (i % 2 == 1) x = drop(max_pool(x), block_dropout, dropout);
  }
  x = x.flatten(1);
  for (std::size_t i = 0; i < 2; ++i) {
    const Layer& layer = dense_[i];
    x = at::linear(x, parameters_[layer.kernel], parameters_[layer.bias]);
    x = drop(at::relu(normalise(x, layer, training)), dense_dropout[i], dropout);
  }
  return at::linear(x, parameters_[dense_[2].kernel], parameters_[dense_[2].bias]);
}

void DfNetwork::restore(const State& state) {
  std::copy(state.values.begin(), state.values.end(), values_.begin());
  std::copy(state.statistics.begin(), state.statistics.end(), statistics_.begin());
}

}  // namespace ipet::attack
