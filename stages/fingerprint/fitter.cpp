#include "stages/fingerprint/fitter.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <tbb/parallel_for.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/cross_entropy.hpp"

namespace ipet::fingerprint {
namespace {

std::uint16_t most_probable(std::span<const float> p) {
  return static_cast<std::uint16_t>(std::max_element(p.begin(), p.end()) - p.begin());
}

/// Runs `body` for every shard. In a context of its own: where a loop around this one is cancelled because of
/// an error elsewhere, oneTBB would skip shards without a word, and a step would be taken from half a batch.
template <class Body>
void for_each_shard(std::size_t shards, const Body& body) {
  tbb::task_group_context context(tbb::task_group_context::isolated);
  tbb::parallel_for(std::size_t{0}, shards, body, context);
}

/// Writes the gradients one after the other, zeros where a parameter was not used.
void flatten(const std::vector<torch::Tensor>& parameters, const std::vector<torch::Tensor>& gradients,
             std::vector<float>& flat) {
  float* next = flat.data();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!gradients[i].defined()) {
      next = std::fill_n(next, parameters[i].numel(), 0.0F);
      continue;
    }
    const torch::Tensor values = gradients[i].contiguous();
    next = std::copy_n(values.data_ptr<float>(), values.numel(), next);
  }
}

}  // namespace

Fitter::Fitter(std::unique_ptr<Network> network, traffic::StreamKey key, std::size_t shuffle_buffer)
    : network_(std::move(network)),
      key_(key),
      shuffle_buffer_(shuffle_buffer),
      adam_(network_->values().size()),
      results_(shards),
      gradient_(network_->values().size()) {
  for (std::size_t s = 0; s < shards; ++s) {
    replicas_.push_back(network_->replica());
    results_[s].gradient.resize(gradient_.size());
  }
}

void Fitter::shard_step(std::size_t shard, std::size_t slots, std::span<const WindowRow> rows,
                        std::size_t batch_size, traffic::StreamKey key) {
  use_one_torch_thread();
  ShardResult& result = results_[shard];
  result.loss = 0;
  result.hits = 0;
  std::fill(result.gradient.begin(), result.gradient.end(), 0.0F);
  if (rows.empty()) return;
  Network& network = *replicas_[shard];
  network.model().set_random(traffic::Random(key.with(shard)));
  const Batch batch = make_batch(slots, rows);
  const torch::Tensor logits = network.forward(batch.features, batch.silence);
  const double share = 1 / static_cast<double>(batch_size);
  const CrossEntropy loss = cross_entropy(logits, batch.label, share);
  result.loss = loss.sum * share;
  result.hits = loss.hits;
  torch::autograd::variable_list outputs{logits}, of_outputs{loss.gradient};
  if (const torch::Tensor penalty = shard == 0 ? network.model().penalty() : torch::Tensor();
      penalty.defined()) {
    result.loss += penalty.item<double>();
    if (penalty.requires_grad()) {
      outputs.push_back(penalty);
      of_outputs.push_back(torch::ones({}));
    }
  }
  const std::vector<torch::Tensor>& parameters = network.parameters();
  const auto gradients = torch::autograd::grad(outputs, parameters, of_outputs, torch::nullopt, false, true);
  flatten(parameters, gradients, result.gradient);
}

void Fitter::reduce() {
  std::fill(gradient_.begin(), gradient_.end(), 0.0F);
  for (const ShardResult& result : results_)
    for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_[i] += result.gradient[i];
}

Loss Fitter::epoch(const Dataset& data, std::uint32_t epoch, std::uint32_t batch, double learning_rate,
                   const std::string& where, Observer& observer) {
  const traffic::StreamKey key = key_.with("epoch").with(epoch);
  WindowFeed feed(data, EpochOrder(data.size(), shuffle_buffer_, key.with("order")));
  Loss total;
  std::uint64_t step = 0;
  for (std::size_t begin = 0; begin < data.size(); begin += batch) {
    observer.check();
    const std::size_t n = std::min<std::size_t>(batch, data.size() - begin);
    const traffic::StreamKey step_key = key.with(step++);
    const std::span<const WindowRow> rows = feed.take(n);
    for_each_shard(shards, [&](std::size_t s) {
      // Rounded up: the first part, which carries the penalty, is never empty.
      const std::size_t from = (n * s + shards - 1) / shards, to = (n * (s + 1) + shards - 1) / shards;
      shard_step(s, data.slots, rows.subspan(from, to - from), n, step_key);
    });
    double loss = 0;
    for (const ShardResult& result : results_) {
      loss += result.loss;
      total.accuracy += static_cast<double>(result.hits);
    }
    reduce();
    const double norm = std::inner_product(gradient_.begin(), gradient_.end(), gradient_.begin(), 0.0);
    if (!std::isfinite(loss) || !std::isfinite(norm))
      throw std::runtime_error(
          where + ", epoch " + std::to_string(epoch) + ", step " + std::to_string(step) +
          ": the loss or its gradient is not a finite number; are there extreme values in "
          "the features (try normalisation = \"log1p\") or is the learning rate too high?");
    adam_.step(network_->values(), gradient_, learning_rate);
    total.loss += loss * static_cast<double>(n);
  }
  total.loss /= static_cast<double>(data.size());
  total.accuracy /= static_cast<double>(data.size());
  return total;
}

template <class Take>
void Fitter::predict(const Dataset& data, const Take& take) {
  constexpr std::size_t chunk = 256, at_once = 64 * chunk;
  std::vector<std::vector<float>> parts;
  for (std::size_t begin = 0; begin < data.size(); begin += at_once) {
    const std::size_t end = std::min(data.size(), begin + at_once);
    parts.resize((end - begin + chunk - 1) / chunk);
    // One copy per lane of chunks, since a copy serves one thread at a time.
    for_each_shard(shards, [&](std::size_t lane) {
      use_one_torch_thread();
      const torch::NoGradGuard no_gradients;
      Network& network = *replicas_[lane];
      network.model().set_random(std::nullopt);
      for (std::size_t c = lane; c < parts.size(); c += shards) {
        const std::size_t first = begin + c * chunk;
        const Batch batch = make_batch(data, first, std::min(chunk, end - first));
        const torch::Tensor p =
            torch::softmax(network.forward(batch.features, batch.silence), 1).contiguous();
        parts[c].assign(p.data_ptr<float>(), p.data_ptr<float>() + p.numel());
      }
    });
    for (std::size_t c = 0; c < parts.size(); ++c) {
      const std::size_t first = begin + c * chunk, count = std::min(chunk, end - first);
      const std::size_t classes = parts[c].size() / count;
      for (std::size_t i = 0; i < count; ++i)
        take(first + i, std::span<const float>(parts[c]).subspan(i * classes, classes));
    }
  }
}

std::vector<float> Fitter::probabilities(const Dataset& data) {
  std::vector<float> all;
  predict(data, [&](std::size_t, std::span<const float> p) { all.insert(all.end(), p.begin(), p.end()); });
  return all;
}

std::vector<std::uint16_t> Fitter::classify(const Dataset& data) {
  std::vector<std::uint16_t> named;
  named.reserve(data.size());
  predict(data, [&](std::size_t, std::span<const float> p) { named.push_back(most_probable(p)); });
  return named;
}

Loss Fitter::evaluate(const Dataset& data) {
  Loss total;
  if (data.size() == 0) return total;
  predict(data, [&](std::size_t i, std::span<const float> p) {
    total.loss -= std::log(std::max<double>(p[data.label[i]], 1e-30));
    total.accuracy += most_probable(p) == data.label[i] ? 1 : 0;
  });
  total.loss /= static_cast<double>(data.size());
  total.accuracy /= static_cast<double>(data.size());
  const torch::NoGradGuard no_gradients;
  total.loss += network_->model().penalty().item<double>();
  return total;
}

}  // namespace ipet::fingerprint
