#include "stages/fingerprint/fitter.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <tbb/parallel_for.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/cross_entropy.hpp"
#include "stages/fingerprint/network.hpp"

namespace ipet::fingerprint {
namespace {

std::uint16_t most_probable(std::span<const double> p) {
  return static_cast<std::uint16_t>(std::max_element(p.begin(), p.end()) - p.begin());
}

/// Runs `body` for every shard. In a context of its own: where a loop around this one is cancelled because of
/// an error elsewhere, oneTBB would skip shards without a word, and a step would be taken from half a batch.
template <class Body>
void for_each_shard(std::size_t shards, const Body& body) {
  tbb::task_group_context context(tbb::task_group_context::isolated);
  tbb::parallel_for(std::size_t{0}, shards, body, context);
}

}  // namespace

/// Gradients of the shards and the optimiser, in the precision of the network.
class Fitter::Update {
 public:
  virtual ~Update() = default;
  /// Keeps the gradients of one shard, zeros where a parameter was not used. `gradients` may be empty.
  virtual void set(std::size_t shard, const std::vector<torch::Tensor>& parameters,
                   const std::vector<torch::Tensor>& gradients) = 0;
  /// Adds the shards up in their order. Returns the sum of the squares.
  virtual double reduce() = 0;
  virtual void step(double learning_rate) = 0;
};

template <class Real>
class Fitter::UpdateIn final : public Update {
 public:
  explicit UpdateIn(Network& network)
      : network_(network),
        adam_(network.values<Real>().size()),
        of_shards_(shards, std::vector<Real>(network.values<Real>().size())),
        gradient_(network.values<Real>().size()) {}

  void set(std::size_t shard, const std::vector<torch::Tensor>& parameters,
           const std::vector<torch::Tensor>& gradients) override {
    Real* next = of_shards_[shard].data();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (gradients.empty() || !gradients[i].defined()) {
        next = std::fill_n(next, parameters[i].numel(), Real{0});
        continue;
      }
      const torch::Tensor values = gradients[i].contiguous();
      next = std::copy_n(values.data_ptr<Real>(), values.numel(), next);
    }
  }
  double reduce() override {
    std::fill(gradient_.begin(), gradient_.end(), Real{0});
    for (const std::vector<Real>& of_shard : of_shards_)
      for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_[i] += of_shard[i];
    return std::inner_product(gradient_.begin(), gradient_.end(), gradient_.begin(), 0.0);
  }
  void step(double learning_rate) override { adam_.step(network_.values<Real>(), gradient_, learning_rate); }
  [[nodiscard]] BasicAdam<Real>& adam() { return adam_; }

 private:
  Network& network_;
  BasicAdam<Real> adam_;
  std::vector<std::vector<Real>> of_shards_;
  std::vector<Real> gradient_;
};

Fitter::Fitter(std::unique_ptr<Network> network, traffic::StreamKey key, std::size_t shuffle_buffer)
    : network_(std::move(network)), key_(key), shuffle_buffer_(shuffle_buffer), results_(shards) {
  if (network_->precision() == Precision::float32)
    update_ = std::make_unique<UpdateIn<float>>(*network_);
  else
    update_ = std::make_unique<UpdateIn<double>>(*network_);
  for (std::size_t s = 0; s < shards; ++s) replicas_.push_back(network_->replica());
}

Fitter::Fitter(const TrainedModel& trained, traffic::StreamKey key)
    : Fitter(std::make_unique<Network>(trained), key) {}

Fitter::~Fitter() = default;

std::vector<NamedArray> Fitter::parameters() const {
  return network_->arrays();
}

const AdamState& Fitter::optimiser() const {
  auto* update = dynamic_cast<UpdateIn<float>*>(update_.get());
  if (update == nullptr) throw std::logic_error("the optimiser is not in float32");
  return update->adam().state();
}

void Fitter::restore(const std::vector<NamedArray>& parameters, AdamState optimiser) {
  auto* update = dynamic_cast<UpdateIn<float>*>(update_.get());
  if (update == nullptr) throw std::logic_error("the optimiser is not in float32");
  network_->load(parameters);
  update->adam().restore(std::move(optimiser));
}

void Fitter::shard_step(std::size_t shard, std::size_t slots, std::span<const WindowRow> rows,
                        std::size_t batch_size, traffic::StreamKey key) {
  use_one_torch_thread();
  ShardResult& result = results_[shard];
  result.loss = 0;
  result.hits = 0;
  Network& network = *replicas_[shard];
  if (rows.empty()) return update_->set(shard, network.parameters(), {});
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
      of_outputs.push_back(torch::ones_like(penalty));
    }
  }
  const std::vector<torch::Tensor>& parameters = network.parameters();
  const auto gradients = torch::autograd::grad(outputs, parameters, of_outputs, torch::nullopt, false, true);
  update_->set(shard, parameters, gradients);
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
    const double norm = update_->reduce();
    if (!std::isfinite(loss) || !std::isfinite(norm))
      throw std::runtime_error(
          where + ", epoch " + std::to_string(epoch) + ", step " + std::to_string(step) +
          ": the loss or its gradient is not a finite number; are there extreme values in "
          "the features (try normalisation = \"log1p\") or is the learning rate too high?");
    update_->step(learning_rate);
    total.loss += loss * static_cast<double>(n);
  }
  total.loss /= static_cast<double>(data.size());
  total.accuracy /= static_cast<double>(data.size());
  return total;
}

template <class Realisation>
void Fitter::predict(const Dataset& data, const Realisation& take, Observer* observer) {
  constexpr std::size_t chunk = 256, at_once = 64 * chunk;
  std::vector<std::vector<double>> parts;
  for (std::size_t begin = 0; begin < data.size(); begin += at_once) {
    if (observer != nullptr) observer->check();
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
        const torch::Tensor p = torch::softmax(network.forward(batch.features, batch.silence), 1)
                                    .to(torch::kFloat64)
                                    .contiguous();
        parts[c].assign(p.data_ptr<double>(), p.data_ptr<double>() + p.numel());
      }
    });
    for (std::size_t c = 0; c < parts.size(); ++c) {
      const std::size_t first = begin + c * chunk, count = std::min(chunk, end - first);
      const std::size_t classes = parts[c].size() / count;
      for (std::size_t i = 0; i < count; ++i)
        take(first + i, std::span<const double>(parts[c]).subspan(i * classes, classes));
    }
  }
}

std::vector<float> Fitter::probabilities(const Dataset& data, Observer* observer) {
  std::vector<float> all;
  const auto take = [&](std::size_t, std::span<const double> p) {
    for (const double value : p) all.push_back(static_cast<float>(value));
  };
  predict(data, take, observer);
  return all;
}

std::vector<std::uint16_t> Fitter::classify(const Dataset& data, Observer* observer) {
  std::vector<std::uint16_t> named;
  named.reserve(data.size());
  const auto take = [&](std::size_t, std::span<const double> p) { named.push_back(most_probable(p)); };
  predict(data, take, observer);
  return named;
}

Loss Fitter::evaluate(const Dataset& data, Observer* observer) {
  Loss total;
  if (data.size() == 0) return total;
  const auto take = [&](std::size_t i, std::span<const double> p) {
    total.loss -= std::log(std::max(p[data.label[i]], 1e-30));
    total.accuracy += most_probable(p) == data.label[i] ? 1 : 0;
  };
  predict(data, take, observer);
  total.loss /= static_cast<double>(data.size());
  total.accuracy /= static_cast<double>(data.size());
  const torch::NoGradGuard no_gradients;
  total.loss += network_->model().penalty().item<double>();
  return total;
}

}  // namespace ipet::fingerprint
