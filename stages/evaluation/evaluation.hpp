// How well attackers name devices, with and without a defence. No LibTorch here.
#pragma once

#include <optional>
#include <string>

#include "stages/fingerprint/row_source.hpp"
#include "stages/model/observer.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/report/report.hpp"

namespace ipet::evaluation {

struct EvaluationOptions {
  std::string defence_name = "perturbation";
  fingerprint::DiscriminatorTrainingOptions training;  ///< of the retrained attacker
  std::size_t max_windows_per_device = 0;              ///< 0: all
  std::uint64_t split_seed = 0;                        ///< of the choice of windows or aggregates
  Keep predictions = Keep::automatic;                  ///< what the report keeps of each answer
};

/// Scores, all on the discriminator's test part:
///  1. the static discriminator on clean rows (windows or aggregates, whichever it was trained on),
///  2. the same on defended rows,
///  3. a model of the same factory, trained on the defended rows of the training part, on defended ones.
/// 2 and 3 only with `defended`, whose captures are those of `clean`. `overhead` may be null.
/// Where a part that is needed has no rows, the observer is warned and the rows of the report are left out.
/// Throws std::runtime_error when rows are not such as the discriminator was trained on.
EvaluationReport evaluate(const fingerprint::RowSource& clean, const fingerprint::TrainedModel& discriminator,
                          const std::optional<fingerprint::RowSource>& defended,
                          const defence::Overhead* overhead, const EvaluationOptions& options,
                          fingerprint::Observer& observer);

}  // namespace ipet::evaluation
