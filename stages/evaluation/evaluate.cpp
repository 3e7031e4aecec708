#include "stages/evaluation/evaluate.hpp"

#include "stages/evaluation/metrics.hpp"
#include "stages/fingerprint/split.hpp"

namespace ipet::evaluation {
namespace {

using fingerprint::Part;
using fingerprint::Rows;
using fingerprint::RowSource;

bool empty(const Rows& rows) {
  return fingerprint::labels_of(rows).empty();
}

/// The rows of one set, divided as the discriminator's were.
class Divided {
 public:
  Divided(const RowSource& source, const fingerprint::TrainedModel& model, const EvaluationOptions& options,
          const std::string& what, fingerprint::Observer& observer)
      : source_(source), model_(model), what_(what), noun_(source.labels().noun()), observer_(observer) {
    source.check(model, what);
    std::vector<std::string> limited;
    chosen_ = fingerprint::subsample(source.labels(), options.max_windows_per_device, options.seed, limited);
    if (!limited.empty())
      observer.warn("max_windows_per_device leaves out " + what + " " + noun_ +
                    " of: " + fingerprint::join(limited));
  }

  [[nodiscard]] Rows part(Part part, const char* name) const {
    std::size_t unknown = 0;
    Rows result = source_.gather(fingerprint::select(model_.split, source_.labels(), chosen_, part),
                                 model_.classes, unknown);
    if (unknown > 0)
      observer_.warn(std::to_string(unknown) + " " + what_ + " " + name + " " + noun_ +
                     " belong to devices that the discriminator does not know; they are left out");
    return result;
  }
  /// Warns when there are none: results of hours must not be lost because one part cannot be scored.
  [[nodiscard]] Rows needed(Part which, const char* name) const {
    Rows result = part(which, name);
    if (empty(result))
      observer_.warn("there are no " + what_ + " " + name + " " + noun_ + " (split by " + model_.split.mode +
                     "): nothing can be said about them");
    return result;
  }

 private:
  RowSource source_;
  const fingerprint::TrainedModel& model_;
  std::string what_, noun_;
  fingerprint::Observer& observer_;
  std::vector<std::size_t> chosen_;
};

Score score_of(const fingerprint::TrainedModel& model, const Rows& test, std::string defence,
               std::string attacker, fingerprint::Observer& observer) {
  Score result =
      score(fingerprint::labels_of(test), fingerprint::classify(model, test, observer), model.classes.size());
  name_worst_device(result, model.classes);
  result.defence = std::move(defence);
  result.attacker = std::move(attacker);
  return result;
}

/// Learns from defended traffic what the discriminator learned from clean traffic, by the same recipe, or a
/// low score might only mean a worse training.
fingerprint::TrainedModel retrain(const fingerprint::TrainedModel& discriminator, const Rows& training_part,
                                  const Rows& validation_part, const EvaluationOptions& options,
                                  fingerprint::Observer& observer) {
  fingerprint::TrainingOptions training = options.training;
  training.normalisation = discriminator.normalisation;
  training.batch = discriminator.batch;
  training.learning_rate = discriminator.learning_rate;
  fingerprint::TrainedModel retrained = fingerprint::train(
      discriminator.factory, training_part, validation_part, discriminator.classes, training, observer);
  retrained.model = discriminator.model;
  return retrained;
}

}  // namespace

EvaluationReport evaluate(const RowSource& clean, const fingerprint::TrainedModel& discriminator,
                          const std::optional<RowSource>& defended, const defence::Overhead* overhead,
                          const EvaluationOptions& options, fingerprint::Observer& observer) {
  EvaluationReport report;
  report.devices = discriminator.classes;
  report.rows = clean.labels().noun();
  const Divided clean_parts(clean, discriminator, options, "undefended", observer);
  const Rows clean_test = clean_parts.needed(Part::test, "test");
  if (!empty(clean_test))
    report.scores.push_back(
        score_of(discriminator, clean_test, "none", "static " + discriminator.model, observer));
  if (overhead != nullptr) report.overhead = *overhead;
  if (!defended) return report;

  const Divided parts(*defended, discriminator, options, "defended", observer);
  const Rows test = parts.needed(Part::test, "test");
  if (empty(test)) return report;
  report.scores.push_back(
      score_of(discriminator, test, options.defence_name, "static " + discriminator.model, observer));
  const Rows training_part = parts.needed(Part::training, "training");
  if (empty(training_part)) return report;
  const fingerprint::TrainedModel retrained =
      retrain(discriminator, training_part, parts.part(Part::validation, "validation"), options, observer);
  report.scores.push_back(
      score_of(retrained, test, options.defence_name, "retrained " + discriminator.model, observer));
  return report;
}

}  // namespace ipet::evaluation
