// What each generation of generators does to attackers, on windows with perturbations added, as published
// (stages/generator/README.md "Staged training"). No LibTorch here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/generator/generator_set.hpp"
#include "stages/model/observer.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/report/report.hpp"
#include "stages/windows/window.hpp"

namespace ipet::evaluation {

/// Generations of each chain that an attacker is trained from scratch for; last: of those evaluated.
enum class Retrain { last, all, none };
inline constexpr text::Word<Retrain> retrains[] = {
    {"last", Retrain::last}, {"all", Retrain::all}, {"none", Retrain::none}};

struct GenerationEvaluationOptions {
  std::string defence_name = "perturbation";
  std::vector<std::uint32_t> chains, generations;  ///< those to evaluate; empty: all
  Retrain retrain = Retrain::last;
  /// Also perturb the windows of all devices by one and the same generator, in the generations that an
  /// attacker is retrained for (the last one without retraining).
  bool shared_generator = true;
  fingerprint::DiscriminatorTrainingOptions
      training;                            ///< of retrained attackers; the recipe is the discriminator's
  std::size_t max_windows_per_device = 0;  ///< 0: all
  std::uint64_t seed = 0;                  ///< of the perturbations
  std::uint64_t split_seed = 0;            ///< of the choice of windows
  Keep predictions = Keep::automatic;      ///< what the report keeps of each answer
};

/// Scores, all on windows of the discriminator's test part; NAME is the discriminator's model:
///  - "none": "static NAME", the discriminator on clean windows;
///  - "ipet generation G", and " chain C" where there are several: every window perturbed by the generator of
///    its own device. "static NAME": the discriminator, which learned from clean windows. "own NAME": the one
///    that these generators were trained against, which is the static one in generation 0. "next NAME": the
///    same after it learned from them. "retrained NAME": trained from scratch on perturbed windows of the
///    training part.
///  - "ipet generation G, one generator (of DEVICE) for all": "static NAME" and "retrained NAME". The
///    generators of a generation differ, which tells a retrained attacker the device; one for all cannot. It
///    is that of the device that had the most training windows.
/// Devices without a trained generator keep their windows as they are, which the observer is warned of, as it
/// is of parts without windows, whose rows are left out. Throws std::runtime_error when generators,
/// discriminator and windows differ in slots, omega or all devices, std::out_of_range for a chain or
/// generation that does not exist.
EvaluationReport evaluate_generations(const windows::WindowSet& clean,
                                      const fingerprint::TrainedModel& discriminator,
                                      const generator::GeneratorSet& generators,
                                      const GenerationEvaluationOptions& options,
                                      fingerprint::Observer& observer);

}  // namespace ipet::evaluation
