// Staged training of generators against a discriminator (stages/generator/README.md "Staged training"). No
// LibTorch here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "stages/fingerprint/dataset.hpp"
#include "stages/fingerprint/observer.hpp"
#include "stages/fingerprint/trained_model.hpp"
#include "stages/generator/generator_set.hpp"

namespace ipet::generator {

class TrainingStages;  // checkpoints.hpp

/// z of a window: drawn anew for every pass over the windows, or, as published, once: then few windows train
/// the generator on few z, however many passes there are.
enum class Latents : std::uint8_t { every_pass, once };
inline constexpr text::Word<Latents> latent_words[] = {{"every_pass", Latents::every_pass},
                                                       {"once", Latents::once}};

/// Each stage starts with new generators, or goes on with those before it.
enum class StageStart : std::uint8_t { fresh, carry };
inline constexpr text::Word<StageStart> stage_starts[] = {{"fresh", StageStart::fresh},
                                                          {"carry", StageStart::carry}};

/// Whether the generator sees the rows that are sent, or real numbers.
enum class Rounding : std::uint8_t { straight_through, none };
inline constexpr text::Word<Rounding> roundings[] = {{"straight_through", Rounding::straight_through},
                                                     {"none", Rounding::none}};

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
  Latents latents = Latents::every_pass;
  double generator_learning_rate = 1e-2;  ///< published: 1e-3
  double discriminator_learning_rate = 1e-3;
  /// As published, where the saved optimiser brings it along: the learning rate that the discriminator's own
  /// training had reached (fingerprint/schedule.hpp), in place of discriminator_learning_rate.
  bool carry_learning_rate = false;
  StageStart generators = StageStart::fresh;
  Rounding rounding = Rounding::straight_through;
  RowKind rows = RowKind::feasible;
  std::uint32_t minimum_size = 1;  ///< bytes of the smallest dummy in feasible rows
  /// The discriminator also sees clean windows and those of all earlier generations of its chain.
  bool replay = true;
  std::uint64_t seed = 0;

  /// The option that is wrong, and why; no reason where none is.
  [[nodiscard]] std::pair<std::string, std::string> fault() const;
};

/// Keras clips probabilities, which bounds the cross-entropy that a generator can reach: -log(1e-7) = 16.1.
inline constexpr double smallest_probability = 1e-7;

/// Trains one generator per class of `discriminator`, generation and chain, on `training` alone. Chains and
/// devices run in parallel; the result does not depend on the number of threads. Each chain starts from
/// `discriminator` and trains a copy of it, with an optimiser whose state lasts for the chain. The observer
/// is warned of classes without windows, whose generators stay untrained. Throws std::invalid_argument where
/// the options have a fault, and std::runtime_error when the discriminator is not differentiable or does not
/// fit the windows. With `checkpoints`, each chain begins after the stages that are complete there and adds
/// those that it completes; the result is the same bits as without.
GeneratorSet train_generators(const fingerprint::TrainedModel& discriminator,
                              const fingerprint::LabelledWindows& training, const GeneratorOptions& options,
                              fingerprint::Observer& observer, TrainingStages* checkpoints = nullptr);

/// `clean` with the perturbations of one generation added: a fresh one per window, keyed by (seed, purpose,
/// chain, generation, position of the window).
fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation, std::uint64_t seed);

}  // namespace ipet::generator
