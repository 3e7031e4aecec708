#include "stages/evaluation/evaluate.hpp"

#include <stdexcept>

#include "stages/evaluation/metrics.hpp"
#include "stages/fingerprint/split.hpp"

namespace ipet::evaluation {
namespace {

using fingerprint::LabelledWindows;
using fingerprint::Part;

/// The windows of one set, divided as the discriminator's were.
class Divided {
 public:
  Divided(const windows::WindowSet& windows, const fingerprint::TrainedModel& model,
          const EvaluationOptions& options, const std::string& what, fingerprint::Observer& observer)
      : windows_(windows), model_(model), what_(what), observer_(observer) {
    if (windows.slots != model.slots)
      throw std::runtime_error("the " + what + " windows have " + std::to_string(windows.slots) +
                               " slots, the discriminator was trained on " + std::to_string(model.slots));
    std::vector<std::string> limited;
    chosen_ = fingerprint::subsample(windows, options.max_windows_per_device, options.seed, limited);
    if (!limited.empty())
      observer.warn("max_windows_per_device leaves out " + what +
                    " windows of: " + fingerprint::join(limited));
  }

  [[nodiscard]] LabelledWindows part(Part part, const char* name) const {
    std::size_t unknown = 0;
    LabelledWindows result = fingerprint::gather(
        windows_, fingerprint::select(model_.split, windows_, chosen_, part), model_.classes, unknown);
    if (unknown > 0)
      observer_.warn(std::to_string(unknown) + " " + what_ + " " + name +
                     " windows belong to devices that the discriminator does not know; they are left out");
    return result;
  }
  /// Warns when there are none: results of hours must not be lost because one part cannot be scored.
  [[nodiscard]] LabelledWindows needed(Part which, const char* name) const {
    LabelledWindows result = part(which, name);
    if (result.size() == 0)
      observer_.warn("there are no " + what_ + " " + name + " windows (split by " + model_.split.mode +
                     "): nothing can be said about them");
    return result;
  }

 private:
  const windows::WindowSet& windows_;
  const fingerprint::TrainedModel& model_;
  std::string what_;
  fingerprint::Observer& observer_;
  std::vector<std::size_t> chosen_;
};

Score score_of(const fingerprint::TrainedModel& model, const LabelledWindows& test, std::string defence,
               std::string attacker) {
  Score result = score(test.label, fingerprint::classify(model, test), model.classes.size());
  result.defence = std::move(defence);
  result.attacker = std::move(attacker);
  return result;
}

}  // namespace

EvaluationReport evaluate(const windows::WindowSet& clean, const fingerprint::TrainedModel& discriminator,
                          const windows::WindowSet* defended, const defence::Overhead* overhead,
                          const EvaluationOptions& options, fingerprint::Observer& observer) {
  EvaluationReport report;
  report.devices = discriminator.classes;
  const Divided clean_parts(clean, discriminator, options, "undefended", observer);
  const LabelledWindows clean_test = clean_parts.needed(Part::test, "test");
  if (clean_test.size() > 0)
    report.scores.push_back(score_of(discriminator, clean_test, "none", "static " + discriminator.model));
  if (overhead != nullptr) report.overhead = *overhead;
  if (defended == nullptr) return report;

  const Divided parts(*defended, discriminator, options, "defended", observer);
  const LabelledWindows test = parts.needed(Part::test, "test");
  if (test.size() == 0) return report;
  report.scores.push_back(
      score_of(discriminator, test, options.defence_name, "static " + discriminator.model));
  const LabelledWindows training_part = parts.needed(Part::training, "training");
  if (training_part.size() == 0) return report;
  fingerprint::TrainingOptions training = options.training;
  // The same recipe, or a low score might only mean a worse training.
  training.normalisation = discriminator.normalisation;
  training.batch = discriminator.batch;
  training.learning_rate = discriminator.learning_rate;
  const fingerprint::TrainedModel retrained =
      fingerprint::train(discriminator.factory, training_part, parts.part(Part::validation, "validation"),
                         discriminator.classes, training, observer);
  report.scores.push_back(
      score_of(retrained, test, options.defence_name, "retrained " + discriminator.model));
  return report;
}

}  // namespace ipet::evaluation
