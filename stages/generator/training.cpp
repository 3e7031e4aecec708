#include "stages/generator/training.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <typeinfo>

#include <tbb/parallel_for.h>

#include "stages/fingerprint/fitter.hpp"
#include "stages/generator/device_trainer.hpp"
#include "stages/generator/sampling.hpp"

namespace ipet::generator {
namespace {

using fingerprint::LabelledWindows;

void require(bool good, const std::string& message) {
  if (!good) throw std::invalid_argument("generator training: " + message);
}

void check_options(const GeneratorOptions& o) {
  require(o.training_stages > 0 && o.chains > 0, "training_stages and chains must be at least 1");
  require(!o.generator_epochs.empty() && !o.discriminator_epochs.empty(), "a list of epochs is empty");
  require(o.generator_batch > 0 && o.discriminator_batch > 0, "a batch needs at least one window");
  require(o.generators == "fresh" || o.generators == "carry",
          "generators = \"" + o.generators + "\", but only fresh and carry exist");
  require(o.rounding == "straight_through" || o.rounding == "none",
          "rounding = \"" + o.rounding + "\", but only straight_through and none exist");
  require(o.rows == "feasible" || o.rows == "free",
          "rows = \"" + o.rows + "\", but only feasible and free exist");
  for (const double limit : {o.max_packets_per_omega, o.max_payload_per_omega})
    require(limit >= 0 && limit <= 65535, "a limit is outside 0 .. 65535");
}

std::uint32_t of_stage(const std::vector<std::uint32_t>& epochs, std::size_t stage) {
  return epochs[std::min(stage, epochs.size() - 1)];
}

std::vector<LabelledWindows> by_class(const LabelledWindows& training, std::size_t classes) {
  std::vector<LabelledWindows> parts(classes);
  for (LabelledWindows& part : parts) part.slots = training.slots;
  for (std::size_t i = 0; i < training.size(); ++i)
    parts.at(training.label[i])
        .append(training.features.data() + i * training.row_size(), training.silence[i], training.label[i]);
  return parts;
}

class StagedTraining {
 public:
  StagedTraining(const fingerprint::TrainedModel& discriminator, const LabelledWindows& training,
                 const GeneratorOptions& options, fingerprint::Observer& observer)
      : discriminator_(discriminator),
        training_(training),
        options_(options),
        observer_(observer),
        windows_(by_class(training, discriminator.classes.size())) {
    set_.devices = discriminator.classes;
    set_.slots = discriminator.slots;
    set_.omega = discriminator.omega;
    set_.max_packets_per_omega = options.max_packets_per_omega;
    set_.max_payload_per_omega = options.max_payload_per_omega;
    set_.rows = options.rows;
    set_.minimum_size = options.rows == "feasible" ? options.minimum_size : 0;
    set_.chains.resize(options.chains);
  }

  GeneratorSet run() {
    warn_of_empty();
    tbb::parallel_for(std::size_t{0}, set_.chains.size(), [&](std::size_t c) { train_chain(c); });
    return std::move(set_);
  }

 private:
  void warn_of_empty() {
    std::vector<std::string> empty;
    for (std::size_t d = 0; d < windows_.size(); ++d)
      if (windows_[d].size() == 0) empty.push_back(set_.devices[d]);
    if (!empty.empty())
      observer_.warn("no training windows, so the generator stays untrained: " + fingerprint::join(empty));
  }

  void train_chain(std::size_t c) {
    fingerprint::use_one_torch_thread();
    const traffic::StreamKey key = traffic::StreamKey(options_.seed).with("generators").with(c);
    fingerprint::Fitter fitter(std::make_unique<fingerprint::Network>(discriminator_),
                               key.with("discriminator"));
    LabelledWindows seen;
    seen.slots = training_.slots;
    if (options_.replay) seen = training_;
    for (std::size_t stage = 0; stage < options_.training_stages; ++stage) {
      Generation generation;
      generation.devices.resize(windows_.size());
      tbb::parallel_for(
          tbb::blocked_range<std::size_t>(0, windows_.size(), 1),
          [&](const auto& devices) {
            for (std::size_t d = devices.begin(); d != devices.end(); ++d)
              generation.devices[d] = train_generator(c, stage, d, fitter.network(), key);
          },
          tbb::simple_partitioner());
      set_.chains[c].generations.push_back(std::move(generation));
      train_discriminator(c, stage, fitter, seen);
    }
  }

  Generator train_generator(std::size_t c, std::size_t stage, std::size_t d,
                            const fingerprint::Network& discriminator, traffic::StreamKey chain_key) {
    fingerprint::use_one_torch_thread();
    const traffic::StreamKey key = chain_key.with(set_.devices[d]).with(stage);
    const bool carry = options_.generators == "carry" && stage > 0;
    Generator generator = carry ? set_.chains[c].generations[stage - 1].devices[d]
                                : fresh_generator(set_.slots, traffic::Random(key.with("initial")));
    if (windows_[d].size() > 0) {
      const std::unique_ptr<fingerprint::Network> frozen = discriminator.replica();
      frozen->freeze();
      try {
        generator = train_device(std::move(generator), *frozen, windows_[d], set_, options_,
                                 of_stage(options_.generator_epochs, stage), key, observer_);
      } catch (const std::runtime_error& error) {
        // The device is all that is added; what stops the computation from outside passes unchanged.
        if (typeid(error) != typeid(std::runtime_error)) throw;
        throw std::runtime_error("generator of '" + set_.devices[d] + "', chain " + std::to_string(c) +
                                 ", stage " + std::to_string(stage + 1) + ": " + error.what());
      }
    }
    report(c, stage, "generator of " + set_.devices[d], generator.last_loss);
    return generator;
  }

  /// Step 2 of a stage: the discriminator learns what the new generators produce.
  void train_discriminator(std::size_t c, std::size_t stage, fingerprint::Fitter& fitter,
                           LabelledWindows& seen) {
    const LabelledWindows defended = perturb(training_, set_, c, stage, options_.seed);
    if (options_.replay)
      seen.append(defended);
    else
      seen = defended;
    Generation& generation = set_.chains[c].generations[stage];
    const std::string where =
        "discriminator of chain " + std::to_string(c) + ", stage " + std::to_string(stage + 1);
    for (std::uint32_t e = 0; e < of_stage(options_.discriminator_epochs, stage); ++e) {
      const auto epoch = static_cast<std::uint32_t>(stage * 1000 + e + 1);
      generation.discriminator_loss = fitter
                                          .epoch(seen, epoch, options_.discriminator_batch,
                                                 options_.discriminator_learning_rate, where, observer_)
                                          .loss;
    }
    generation.discriminator = fitter.network().arrays();
    report(c, stage, "discriminator", generation.discriminator_loss);
  }

  void report(std::size_t c, std::size_t stage, const std::string& what, double loss) {
    const std::size_t total = set_.chains.size() * options_.training_stages * (set_.devices.size() + 1);
    char number[32];
    std::snprintf(number, sizeof number, "%.3f", loss);
    observer_.progress(static_cast<double>(++done_) / static_cast<double>(total),
                       "chain " + std::to_string(c) + ", stage " + std::to_string(stage + 1) + "/" +
                           std::to_string(options_.training_stages) + ": " + what + ", cross-entropy " +
                           number);
  }

  const fingerprint::TrainedModel& discriminator_;
  const LabelledWindows& training_;
  const GeneratorOptions& options_;
  fingerprint::Observer& observer_;
  std::vector<LabelledWindows> windows_;  // by class
  GeneratorSet set_;
  std::atomic<std::size_t> done_ = 0;
};

}  // namespace

GeneratorSet train_generators(const fingerprint::TrainedModel& discriminator, const LabelledWindows& training,
                              const GeneratorOptions& options, fingerprint::Observer& observer) {
  check_options(options);
  if (!discriminator.factory || !discriminator.factory->differentiable())
    throw std::runtime_error("generators cannot be trained against model '" + discriminator.model +
                             "': it has no gradients; use lstm, gru, cnn or mlp here; " +
                             discriminator.model + " can attack (evaluation)");
  if (training.slots != discriminator.slots)
    throw std::runtime_error("the windows have " + std::to_string(training.slots) +
                             " slots, the discriminator was trained on " +
                             std::to_string(discriminator.slots));
  if (training.size() == 0) throw std::runtime_error("there are no windows to train generators on");
  return StagedTraining(discriminator, training, options, observer).run();
}

}  // namespace ipet::generator
