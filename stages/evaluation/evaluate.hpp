// How well attackers name devices, with and without a defence. No LibTorch here.
#pragma once

#include <string>

#include "stages/evaluation/report.hpp"
#include "stages/fingerprint/observer.hpp"
#include "stages/fingerprint/trained_model.hpp"
#include "stages/fingerprint/training.hpp"
#include "stages/windows/window.hpp"

namespace ipet::evaluation {

struct EvaluationOptions {
  std::string defence_name = "ipet";
  fingerprint::TrainingOptions training;   ///< of the retrained attacker
  std::size_t max_windows_per_device = 0;  ///< 0: all
  std::uint64_t seed = 0;                  ///< of the choice of windows
};

/// Scores, all on windows of the discriminator's test part:
///  1. the static discriminator on clean windows,
///  2. the same on defended windows,
///  3. a network of the same factory, trained on the defended windows of the training part, on defended ones.
/// 2 and 3 only with `defended`, whose captures are those of `clean`. `overhead` may be null.
/// Where a part that is needed has no windows, the observer is warned and the rows are left out.
EvaluationReport evaluate(const windows::WindowSet& clean, const fingerprint::TrainedModel& discriminator,
                          const windows::WindowSet* defended, const defence::Overhead* overhead,
                          const EvaluationOptions& options, fingerprint::Observer& observer);

}  // namespace ipet::evaluation
