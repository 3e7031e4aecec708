#include "stages/attack_networks/df.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/grad_mode.h>

#include "stages/attack_networks/df_network.hpp"
#include "stages/fingerprint/network.hpp"
#include "stages/model/learning_rate.hpp"
#include "stages/model/optimiser.hpp"

namespace ipet::attack {
namespace {

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
