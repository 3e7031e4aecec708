// Staged training of generators against a discriminator (stages/generator/README.md "Staged training"). No
// LibTorch here.
#pragma once

#include <cstdint>

#include "stages/dataset/dataset.hpp"
#include "stages/generator/generator_options.hpp"
#include "stages/generator/generator_set.hpp"
#include "stages/model/observer.hpp"
#include "stages/model/trained_model.hpp"

namespace ipet::generator {

class TrainingStages;  // checkpoints.hpp

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
                              const fingerprint::LabelledWindows& training,
                              const GeneratorTrainingOptions& options, fingerprint::Observer& observer,
                              TrainingStages* checkpoints = nullptr);

/// `clean` with the perturbations of one generation added: a fresh one per window, keyed by (seed, purpose,
/// chain, generation, position of the window).
fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation, std::uint64_t seed);

}  // namespace ipet::generator
