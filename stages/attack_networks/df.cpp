#include "stages/attack_networks/df.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <vector>

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/types.h>

#include "stages/fingerprint/network.hpp"
#include "stages/model/learning_rate.hpp"
#include "stages/model/optimiser.hpp"
#include "stages/traffic/random.hpp"

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

/// The network of the paper.
class DfNetwork {
 public:
  /// Glorot-uniform kernels as in the authors' Keras code.
  DfNetwork(std::int64_t channels, std::int64_t length, std::int64_t classes, traffic::Random random) {
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
  DfNetwork& operator=(DfNetwork&&) = delete;

  /// x: float32 [N, channels, length]. Logits [N, classes]. With `dropout` it trains: statistics of the
  /// batch, which the running ones follow.
  torch::Tensor forward(const torch::Tensor& input, std::optional<traffic::Random> dropout) {
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
  [[nodiscard]] const std::vector<torch::Tensor>& parameters() const { return parameters_; }
  /// All parameters, one after another: what `parameters` are views of.
  [[nodiscard]] std::vector<float>& values() { return values_; }

  struct State {
    std::vector<float> values, statistics;
  };
  [[nodiscard]] State state() const { return {values_, statistics_}; }
  void restore(const State& state) {
    std::copy(state.values.begin(), state.values.end(), values_.begin());
    std::copy(state.statistics.begin(), state.statistics.end(), statistics_.begin());
  }

 private:
  /// Positions in parameters_; of a normalisation also of its statistics.
  struct Layer {
    std::size_t kernel = 0, bias = 0, scale = 0, shift = 0, mean = 0, variance = 0;
    bool normalised = false;
  };
  Layer add_layer(std::vector<std::int64_t> kernel, bool normalised) {
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
  void fill(traffic::Random& random) {
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
  torch::Tensor normalise(const torch::Tensor& x, const Layer& layer, bool training) {
    return at::batch_norm(x, parameters_[layer.scale], parameters_[layer.shift], running_[layer.mean],
                          running_[layer.variance], training, momentum, epsilon, false);
  }

  std::vector<std::vector<std::int64_t>> shapes_;  ///< of the parameters
  std::vector<std::int64_t> widths_;               ///< of the statistics
  std::vector<Layer> convolutions_, dense_;
  std::vector<float> values_, statistics_;
  std::vector<torch::Tensor> parameters_, running_;
};

/// Logarithms of sizes and gaps, within about -1 .. 1; 0 where there is no packet.
float scaled_size(float size) {
  return std::copysign(std::log1p(std::abs(size)) / 7, size);
}
float scaled_gap(float gap) {
  return gap == 0 ? 0.0F : std::copysign((1 + std::log1p(std::abs(gap) * 1000)) / 14, gap);
}

struct Channels {
  bool size, time;
  [[nodiscard]] std::int64_t count() const { return (size ? 1 : 0) + (time ? 1 : 0); }
};

/// float32 [N, channel, packet] of these rows.
torch::Tensor tensor_of(const Rows& rows, std::span<const std::uint32_t> chosen, const Channels& channels) {
  const std::size_t length = rows.width / 2;
  torch::Tensor x = torch::empty(
      {static_cast<std::int64_t>(chosen.size()), channels.count(), static_cast<std::int64_t>(length)});
  float* to = x.data_ptr<float>();
  for (const std::uint32_t i : chosen) {
    const float* const row = rows.row(i);
    if (channels.size) to = std::transform(row, row + length, to, scaled_size);
    if (channels.time) to = std::transform(row + length, row + 2 * length, to, scaled_gap);
  }
  return x;
}

torch::Tensor labels_of(const Rows& rows, std::span<const std::uint32_t> chosen) {
  torch::Tensor labels = torch::empty({static_cast<std::int64_t>(chosen.size())}, torch::kInt64);
  std::int64_t* to = labels.data_ptr<std::int64_t>();
  for (const std::uint32_t i : chosen) *to++ = rows.label[i];
  return labels;
}

class DfClassifier final : public Classifier {
 public:
  DfClassifier(std::unique_ptr<DfNetwork> network, Channels channels, std::size_t classes)
      : network_(std::move(network)), channels_(channels), classes_(classes) {}

  [[nodiscard]] std::vector<float> probabilities(const Rows& rows) const override {
    fingerprint::use_one_torch_thread();
    const torch::NoGradGuard no_gradients;
    std::vector<float> result;
    result.reserve(rows.size() * classes_);
    std::vector<std::uint32_t> chosen;
    for (std::size_t first = 0; first < rows.size(); first += together) {
      chosen.resize(std::min(together, rows.size() - first));
      std::iota(chosen.begin(), chosen.end(), static_cast<std::uint32_t>(first));
      const torch::Tensor p =
          at::softmax(network_->forward(tensor_of(rows, chosen, channels_), std::nullopt), 1).contiguous();
      result.insert(result.end(), p.data_ptr<float>(), p.data_ptr<float>() + p.numel());
    }
    return result;
  }

 private:
  static constexpr std::size_t together = 128;
  // Not changed without dropout: forward then reads parameters and running statistics only.
  std::unique_ptr<DfNetwork> network_;
  Channels channels_;
  std::size_t classes_;
};

class Training {
 public:
  Training(const DfOptions& options, const Rows& rows, std::size_t classes, std::uint64_t seed)
      : options_(options),
        rows_(rows),
        channels_{options.input != DfInput::time, options.input != DfInput::size},
        classes_(classes),
        key_(traffic::StreamKey(seed).with("df")),
        network_(std::make_unique<DfNetwork>(channels_.count(), static_cast<std::int64_t>(rows.width / 2),
                                             static_cast<std::int64_t>(classes),
                                             traffic::Random(key_.with("values")))),
        adam_(network_->values().size()),
        gradient_(network_->values().size()),
        order_(rows.size()) {
    std::iota(order_.begin(), order_.end(), 0U);
  }

  /// Mean loss of the training rows, with dropout.
  double epoch(std::uint32_t number, fingerprint::Observer& observer) {
    traffic::Random shuffle(key_.with("order").with(number));
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[shuffle.below(i)]);
    double sum = 0;
    std::size_t seen = 0;
    for (std::size_t first = 0; first < order_.size(); first += options_.batch) {
      const std::size_t count = std::min<std::size_t>(options_.batch, order_.size() - first);
      if (count < 2) break;  // has no variance; the next epoch has another order
      observer.check();
      sum += step(std::span(order_).subspan(first, count), traffic::Random(key_.with(number).with(first))) *
             static_cast<double>(count);
      seen += count;
    }
    return sum / static_cast<double>(seen);
  }
  double loss(const Rows& rows) const {
    const torch::NoGradGuard no_gradients;
    double sum = 0;
    std::vector<std::uint32_t> chosen;
    for (std::size_t first = 0; first < rows.size(); first += options_.batch) {
      chosen.resize(std::min<std::size_t>(options_.batch, rows.size() - first));
      std::iota(chosen.begin(), chosen.end(), static_cast<std::uint32_t>(first));
      const torch::Tensor logits = network_->forward(tensor_of(rows, chosen, channels_), std::nullopt);
      sum += at::cross_entropy_loss(logits, labels_of(rows, chosen)).item<double>() *
             static_cast<double>(chosen.size());
    }
    return sum / static_cast<double>(rows.size());
  }
  [[nodiscard]] DfNetwork& network() { return *network_; }
  [[nodiscard]] std::unique_ptr<const Classifier> classifier() {
    return std::make_unique<DfClassifier>(std::move(network_), channels_, classes_);
  }

 private:
  double step(std::span<const std::uint32_t> chosen, const traffic::Random& dropout) {
    const torch::Tensor loss = at::cross_entropy_loss(
        network_->forward(tensor_of(rows_, chosen, channels_), dropout), labels_of(rows_, chosen));
    const auto gradients = torch::autograd::grad({loss}, network_->parameters());
    float* to = gradient_.data();
    for (const torch::Tensor& gradient : gradients) {
      const torch::Tensor values = gradient.contiguous();
      to = std::copy_n(values.data_ptr<float>(), values.numel(), to);
    }
    adam_.step(network_->values(), gradient_, options_.learning_rate);
    return loss.item<double>();
  }

  DfOptions options_;
  const Rows& rows_;
  Channels channels_;
  std::size_t classes_;
  traffic::StreamKey key_;
  std::unique_ptr<DfNetwork> network_;
  fingerprint::Adam adam_;
  std::vector<float> gradient_;
  std::vector<std::uint32_t> order_;
};

}  // namespace

Df::Df(const DfOptions& options)
    : options_(options), view_(options.minutes, options.length), title_(options.title) {
  if (title_.empty())
    title_ = options_.input == DfInput::both
                 ? "df"
                 : "df of " + std::string(text::word_of(df_inputs, options_.input)) + "s";
}

std::unique_ptr<const Classifier> Df::train(const Rows& training, const Rows& validation, std::size_t classes,
                                            std::uint64_t seed, fingerprint::Observer& observer) const {
  if (training.size() < 2)
    throw std::runtime_error("attacker '" + title_ + "' has fewer than two rows to train on");
  fingerprint::use_one_torch_thread();
  Training run(options_, training, classes, seed);
  fingerprint::EarlyStop stop(options_.patience);
  DfNetwork::State best = run.network().state();
  for (std::uint32_t epoch = 1; epoch <= options_.max_epochs && !stop.stop(); ++epoch) {
    const double training_loss = run.epoch(epoch, observer);
    if (!std::isfinite(training_loss))
      throw std::runtime_error("attacker '" + title_ + "': the loss of epoch " + std::to_string(epoch) +
                               " is not finite");
    if (validation.size() == 0 || stop.end_of_epoch(run.loss(validation))) best = run.network().state();
    observer.progress(static_cast<double>(epoch) / options_.max_epochs, "epoch " + std::to_string(epoch));
  }
  run.network().restore(best);
  return run.classifier();
}

}  // namespace ipet::attack
