#include "stages/generator_training/generator_training.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <typeinfo>

#include <tbb/parallel_for.h>

#include "pipeline/text/numbers.hpp"
#include "stages/fingerprint/fitter.hpp"
#include "stages/fingerprint/torch_threads.hpp"
#include "stages/generator/checkpoints.hpp"
#include "stages/generator_training/device_trainer.hpp"
#include "stages/generator_training/replayed_windows.hpp"
#include "stages/model/learning_rate.hpp"
#include "stages/model/model_factory.hpp"

namespace ipet::generator {
namespace {

using fingerprint::LabelledWindows;

std::uint32_t of_stage(const std::vector<std::uint32_t>& epochs, std::size_t stage) {
  return epochs[std::min(stage, epochs.size() - 1)];
}

/// Passes over `windows` windows: the epochs of a stage, or more until there are `min_steps` steps.
std::uint32_t passes(std::uint32_t epochs, std::size_t windows, std::uint32_t batch,
                     std::uint32_t min_steps) {
  if (epochs == 0 || windows == 0) return 0;
  const std::size_t steps = (windows + batch - 1) / batch;
  return std::max(epochs, static_cast<std::uint32_t>((min_steps + steps - 1) / steps));
}

/// Positions of the windows of each class.
std::vector<std::vector<std::uint32_t>> by_class(const LabelledWindows& training, std::size_t classes) {
  std::vector<std::vector<std::uint32_t>> positions(classes);
  for (std::size_t i = 0; i < training.size(); ++i)
    positions.at(training.label[i]).push_back(static_cast<std::uint32_t>(i));
  return positions;
}

/// A chain stops because another one failed.
struct Abandoned {};

/// Passes everything on, and stops the chains when one of them failed.
class ChainObserver final : public fingerprint::Observer {
 public:
  explicit ChainObserver(fingerprint::Observer& outer) : outer_(outer) {}
  void progress(double fraction, std::string_view text) override { outer_.progress(fraction, text); }
  void info(std::string_view text) override { outer_.info(text); }
  void warn(std::string_view text) override { outer_.warn(text); }
  void check() override {
    if (failed) throw Abandoned();
    outer_.check();
  }
  std::atomic<bool> failed = false;

 private:
  fingerprint::Observer& outer_;
};

class StagedTraining {
 public:
  StagedTraining(const fingerprint::TrainedModel& discriminator, const LabelledWindows& training,
                 const GeneratorTrainingOptions& options, fingerprint::Observer& observer,
                 TrainingStages* checkpoints)
      : discriminator_(discriminator),
        training_(training),
        options_(options),
        observer_(observer),
        checkpoints_(checkpoints),
        discriminator_rate_(options.carry_learning_rate ? fingerprint::reached_learning_rate(discriminator)
                                                        : options.discriminator_learning_rate),
        windows_(by_class(training, discriminator.classes.size())) {
    set_.devices = discriminator.classes;
    set_.slots = discriminator.slots;
    set_.omega = discriminator.omega;
    set_.max_packets_per_omega = options.max_packets_per_omega;
    set_.max_payload_per_omega = options.max_payload_per_omega;
    set_.rows = options.rows;
    set_.minimum_size = options.rows == RowKind::feasible ? options.minimum_size : 0;
    set_.chains.resize(options.chains);
    longest_first_.resize(windows_.size());
    std::iota(longest_first_.begin(), longest_first_.end(), std::size_t{0});
    std::ranges::stable_sort(longest_first_, std::greater(),
                             [this](std::size_t d) { return windows_[d].size(); });
  }

  GeneratorSet run() {
    warn_of_empty();
    if (options_.carry_learning_rate)
      observer_.info("the discriminator goes on with the learning rate that its training had reached: " +
                     text::format("%.6g", discriminator_rate_));
    load_complete_stages();
    std::vector<std::exception_ptr> errors(set_.chains.size());
    // Errors do not pass through the loop: oneTBB would cancel what the other chains are in the middle of.
    const auto train = [&](std::size_t c) {
      try {
        train_chain(c);
      } catch (const Abandoned&) {
      } catch (...) {
        observer_.failed = true;
        errors[c] = std::current_exception();
      }
    };
    // Isolated: where a loop around this one is cancelled, oneTBB would skip chains without a word.
    tbb::task_group_context context(tbb::task_group_context::isolated);
    tbb::parallel_for(std::size_t{0}, set_.chains.size(), train, context);
    for (const std::exception_ptr& error : errors)
      if (error) std::rethrow_exception(error);
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

  void load_complete_stages() {
    complete_.resize(set_.chains.size());
    if (checkpoints_ == nullptr) return;
    const std::uint32_t wanted = options_.training_stages;
    std::size_t stages = 0;
    for (std::size_t c = 0; c < complete_.size(); ++c) {
      complete_[c] = checkpoints_->load(c, wanted);
      stages += complete_[c].size();
    }
    done_ = stages * (set_.devices.size() + 1);
    if (stages == complete_.size() * wanted) {
      observer_.info("all " + std::to_string(wanted) + " stages of " + std::to_string(complete_.size()) +
                     (complete_.size() == 1 ? " chain" : " chains") +
                     " were trained by an earlier run: reusing them");
      return;
    }
    for (std::size_t c = 0; c < complete_.size(); ++c) {
      const std::size_t n = complete_[c].size();
      if (n == 0) continue;
      const std::string stage = n == wanted
                                    ? "nothing to train"
                                    : "stage " + std::to_string(n + 1) + " of " + std::to_string(wanted);
      observer_.info(stage + ": going on after " + std::to_string(n) +
                     (n == 1 ? " complete stage" : " complete stages") + " of chain " + std::to_string(c));
    }
  }

  /// Puts the chain where it was after its last complete stage.
  void resume_chain(std::size_t c, fingerprint::Fitter& fitter, ReplayedWindows& seen) {
    std::vector<CompleteStage> complete = std::move(complete_[c]);
    if (complete.empty()) return;
    fitter.restore(complete.back().generation.discriminator, std::move(complete.back().optimiser));
    for (std::size_t stage = 0; stage < complete.size(); ++stage) {
      set_.chains[c].generations.push_back(std::move(complete[stage].generation));
      see(stage, seen);
    }
  }

  void train_chain(std::size_t c) {
    fingerprint::use_one_torch_thread();
    const traffic::StreamKey key = traffic::StreamKey(options_.seed).with("generators").with(c);
    fingerprint::Fitter fitter(discriminator_, key.with("discriminator"));
    ReplayedWindows seen(training_, set_, c, options_.seed);
    if (options_.replay) seen.add_clean();
    resume_chain(c, fitter, seen);
    for (std::size_t stage = set_.chains[c].generations.size(); stage < options_.training_stages; ++stage) {
      observer_.check();
      Generation generation;
      generation.devices.resize(windows_.size());
      // The longest first, so that no thread is left with one while the others are done.
      std::atomic<std::size_t> next = 0;
      // A context of its own: either all devices are trained or there is an exception, never a part.
      tbb::task_group_context context(tbb::task_group_context::isolated);
      tbb::parallel_for(
          tbb::blocked_range<std::size_t>(0, windows_.size(), 1),
          [&](const auto& devices) {
            for (std::size_t i = devices.begin(); i != devices.end(); ++i) {
              const std::size_t d = longest_first_[next++];
              generation.devices[d] = train_generator(c, stage, d, fitter.network(), key);
            }
          },
          tbb::simple_partitioner(), context);
      set_.chains[c].generations.push_back(std::move(generation));
      train_discriminator(c, stage, fitter, seen);
      if (checkpoints_ != nullptr)
        checkpoints_->save(c, stage, {set_.chains[c].generations[stage], fitter.optimiser()});
    }
  }

  Generator train_generator(std::size_t c, std::size_t stage, std::size_t d,
                            const fingerprint::Network& discriminator, traffic::StreamKey chain_key) {
    const traffic::StreamKey key = chain_key.with(set_.devices[d]).with(stage);
    const bool carry = options_.generators == StageStart::carry && stage > 0;
    Generator generator = carry ? set_.chains[c].generations[stage - 1].devices[d]
                                : fresh_generator(set_.slots, traffic::Random(key.with("initial")));
    if (windows_[d].size() > 0) {
      fingerprint::FrozenNetwork frozen(discriminator);
      try {
        generator = train_device(std::move(generator), frozen, training_, windows_[d], set_, options_,
                                 passes(of_stage(options_.generator_epochs, stage), windows_[d].size(),
                                        options_.generator_batch, options_.generator_min_steps),
                                 key, observer_);
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

  /// What the discriminator learns from in a stage.
  void see(std::size_t stage, ReplayedWindows& seen) const {
    if (!options_.replay) seen.clear();
    seen.add_generation(stage);
  }

  /// Step 2 of a stage: the discriminator learns what the new generators produce.
  void train_discriminator(std::size_t c, std::size_t stage, fingerprint::Fitter& fitter,
                           ReplayedWindows& seen) {
    see(stage, seen);
    Generation& generation = set_.chains[c].generations[stage];
    const std::string where =
        "discriminator of chain " + std::to_string(c) + ", stage " + std::to_string(stage + 1);
    const std::uint32_t epochs = passes(of_stage(options_.discriminator_epochs, stage), seen.size(),
                                        options_.discriminator_batch, options_.discriminator_min_steps);
    for (std::uint32_t e = 0; e < epochs; ++e) {
      const auto epoch = static_cast<std::uint32_t>(stage * passes_per_stage + e + 1);
      generation.discriminator_loss =
          fitter.epoch(seen, epoch, options_.discriminator_batch, discriminator_rate_, where, observer_).loss;
    }
    generation.discriminator = fitter.parameters();
    report(c, stage, "discriminator", generation.discriminator_loss);
  }

  void report(std::size_t c, std::size_t stage, const std::string& what, double loss) {
    const std::size_t total = set_.chains.size() * options_.training_stages * (set_.devices.size() + 1);
    observer_.progress(static_cast<double>(++done_) / static_cast<double>(total),
                       "chain " + std::to_string(c) + ", stage " + std::to_string(stage + 1) + "/" +
                           std::to_string(options_.training_stages) + ": " + what + ", cross-entropy " +
                           text::format("%.3f", loss));
  }

  const fingerprint::TrainedModel& discriminator_;
  const LabelledWindows& training_;
  const GeneratorTrainingOptions& options_;
  ChainObserver observer_;
  TrainingStages* checkpoints_;
  double discriminator_rate_;
  std::vector<std::vector<std::uint32_t>> windows_;   // positions in training_, by class
  std::vector<std::size_t> longest_first_;            // classes, those with most windows first
  std::vector<std::vector<CompleteStage>> complete_;  // by chain, from an earlier run
  GeneratorSet set_;
  std::atomic<std::size_t> done_ = 0;
};

}  // namespace

GeneratorSet train_generators(const fingerprint::TrainedModel& discriminator, const LabelledWindows& training,
                              const GeneratorTrainingOptions& options, fingerprint::Observer& observer,
                              TrainingStages* checkpoints) {
  if (const auto [option, reason] = options.fault(); !reason.empty())
    throw std::invalid_argument("generator training: " + reason);
  if (!discriminator.factory || !discriminator.factory->differentiable())
    throw std::runtime_error("generators cannot be trained against model '" + discriminator.model +
                             "': it has no gradients; use lstm, gru, cnn or mlp here; " +
                             discriminator.model + " can attack (evaluation)");
  if (training.slots != discriminator.slots)
    throw std::runtime_error("the windows have " + std::to_string(training.slots) +
                             " slots, the discriminator was trained on " +
                             std::to_string(discriminator.slots));
  if (training.size() == 0) throw std::runtime_error("there are no windows to train generators on");
  return StagedTraining(discriminator, training, options, observer, checkpoints).run();
}

}  // namespace ipet::generator
