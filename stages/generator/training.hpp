// Staged training of generators against a discriminator (stages/generator/README.md "Staged training"). No
// LibTorch here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/fingerprint/dataset.hpp"
#include "stages/fingerprint/observer.hpp"
#include "stages/fingerprint/trained_model.hpp"
#include "stages/generator/generator_set.hpp"

namespace ipet::generator {

class TrainingStages;  // checkpoints.hpp

struct GeneratorOptions {
  std::uint32_t training_stages = 5;   ///< generations per chain
  std::uint32_t chains = 1;            ///< independent repetitions
  double max_packets_per_omega = 4;    ///< dummies per slot and direction
  double max_payload_per_omega = 100;  ///< bytes of dummies per slot and direction
  /// Per stage; the last entry stands for all later stages.
  std::vector<std::uint32_t> generator_epochs{3}, discriminator_epochs{2};
  std::uint32_t generator_batch = 32, discriminator_batch = 128;  ///< windows per step
  /// At least so many steps per stage: where the windows are few, passes are repeated until there are as
  /// many. 0: the epochs alone decide, as published. A stage of 0 epochs stays one.
  std::uint32_t generator_min_steps = 300, discriminator_min_steps = 200;
  /// z of a window: drawn anew for every pass over the windows ("every_pass"), or, as published, "once": then
  /// few windows train the generator on few z, however many passes there are.
  std::string latents = "every_pass";
  double generator_learning_rate = 1e-2;  ///< published: 1e-3
  double discriminator_learning_rate = 1e-3;
  /// As published, where the saved optimiser brings it along: the learning rate that the discriminator's own
  /// training had reached (fingerprint/schedule.hpp), in place of discriminator_learning_rate.
  bool carry_learning_rate = false;
  std::string generators = "fresh";  ///< or "carry": each stage goes on with the generators before it
  std::string rounding = "straight_through";  ///< the generator sees the rows that are sent; or "none"
  std::string rows = "feasible";              ///< or "free"; see rows.hpp
  std::uint32_t minimum_size = 1;             ///< bytes of the smallest dummy in feasible rows
  /// The discriminator also sees clean windows and those of all earlier generations of its chain.
  bool replay = true;
  std::uint64_t seed = 0;
};

/// Keras clips probabilities, which bounds the cross-entropy that a generator can reach: -log(1e-7) = 16.1.
inline constexpr double smallest_probability = 1e-7;

/// Trains one generator per class of `discriminator`, generation and chain, on `training` alone. Chains and
/// devices run in parallel; the result does not depend on the number of threads. Each chain starts from
/// `discriminator` and trains a copy of it, with an optimiser whose state lasts for the chain. The observer
/// is warned of classes without windows, whose generators stay untrained. Throws std::invalid_argument for
/// impossible options and std::runtime_error when the discriminator is not differentiable or does not fit the
/// windows. With `checkpoints`, each chain begins after the stages that are complete there and adds those
/// that it completes; the result is the same bits as without.
GeneratorSet train_generators(const fingerprint::TrainedModel& discriminator,
                              const fingerprint::LabelledWindows& training, const GeneratorOptions& options,
                              fingerprint::Observer& observer, TrainingStages* checkpoints = nullptr);

/// `clean` with the perturbations of one generation added: a fresh one per window, keyed by (seed, purpose,
/// chain, generation, position of the window).
fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation, std::uint64_t seed);

}  // namespace ipet::generator
