#include "stages/evaluation/evaluation.hpp"

#include "pipeline/text/wrapping.hpp"
#include "stages/dataset/split.hpp"
#include "stages/evaluation/asking.hpp"
#include "stages/report/few_rows.hpp"
#include "stages/report/intervals.hpp"
#include "stages/report/metrics.hpp"

namespace ipet::evaluation {
namespace {

using fingerprint::Part;
using fingerprint::Rows;
using fingerprint::RowSource;

std::string all_of(const std::vector<std::string>& devices) {
  return text::named(devices, devices.size());
}

/// Instead of scores.
std::string nothing_evaluated(const EvaluationReport& report, fingerprint::SplitMode split) {
  return "nothing was evaluated: no device has " + report.rows + " to test on (split by " +
         std::string(text::word_of(fingerprint::split_modes, split)) + "): " + all_of(report.devices) +
         "; train again with another option 'split', a larger 'test_fraction', or more captures";
}

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
    chosen_ =
        fingerprint::subsample(source.labels(), options.max_windows_per_device, options.split_seed, limited);
    if (!limited.empty())
      observer.warn("max_windows_per_device leaves out " + what + " " + noun_ +
                    " of: " + fingerprint::join(limited));
  }

  [[nodiscard]] Rows part(Part part, const char* name) const {
    std::size_t unknown = 0;
    Rows result = source_.gather(positions(part), model_.classes, unknown);
    if (unknown > 0)
      observer_.warn(std::to_string(unknown) + " " + what_ + " " + name + " " + noun_ +
                     " belong to devices that the discriminator does not know; they are left out");
    return result;
  }
  /// Which rows the test part is, for whoever reads what was answered about them.
  [[nodiscard]] TestRows test_rows(const char* prefix) const {
    return evaluation::test_rows(prefix + noun_, source_.labels(), positions(Part::test), model_);
  }
  /// Warns when there are none: results of hours must not be lost because one part cannot be scored.
  [[nodiscard]] Rows needed(Part which, const char* name) const {
    Rows result = part(which, name);
    if (empty(result))
      observer_.warn("there are no " + what_ + " " + name + " " + noun_ + " (split by " +
                     std::string(text::word_of(fingerprint::split_modes, model_.split.mode)) +
                     "): nothing can be said about " + all_of(model_.classes));
    return result;
  }

 private:
  [[nodiscard]] std::vector<std::size_t> positions(Part part) const {
    return fingerprint::select(model_.split, source_.labels(), chosen_, part);
  }

  RowSource source_;
  const fingerprint::TrainedModel& model_;
  std::string what_, noun_;
  fingerprint::Observer& observer_;
  std::vector<std::size_t> chosen_;
};

/// Scores attackers on test rows, and keeps what they answered.
class Scorer {
 public:
  Scorer(EvaluationReport& report, const EvaluationOptions& options, fingerprint::Observer& observer)
      : report_(report),
        recorder_(options.predictions),
        key_(traffic::StreamKey(options.split_seed).with("intervals")),
        observer_(observer) {}

  /// What the next ones are asked about.
  void about(const TestRows& rows) {
    rows_ = rows;
    drawn_ = drawn_units(rows);
    number_ = recorder_.add(rows);
  }
  void add(const fingerprint::TrainedModel& model, const Rows& test, std::string defence,
           std::string attacker) {
    const std::vector<std::uint16_t>& truth = fingerprint::labels_of(test);
    Answers answers = ask(model, test, truth.size(), recorder_, observer_);
    Score result = score(truth, answers.named, model.classes.size());
    name_highest_recall(result, model.classes);
    set_intervals(result, rows_, drawn_, answers.named, model.classes.size(),
                  key_.with(defence).with(attacker));
    result.defence = std::move(defence);
    result.attacker = std::move(attacker);
    answers.score = report_.scores.size();
    answers.rows = number_;
    report_.scores.push_back(std::move(result));
    recorder_.add(std::move(answers));
  }
  void finish() {
    if (recorder_.dropped()) observer_.warn(dropped_text());
    warn_of_few_rows(report_, observer_);
    report_.predictions = recorder_.take();
  }

 private:
  EvaluationReport& report_;
  PredictionRecorder recorder_;
  traffic::StreamKey key_;
  fingerprint::Observer& observer_;
  TestRows rows_;
  DrawnUnits drawn_;
  std::size_t number_ = 0;  ///< of rows_
};

/// Learns from defended traffic what the discriminator learned from clean traffic, by the same recipe, or a
/// low score might only mean a worse training.
fingerprint::TrainedModel retrain(const fingerprint::TrainedModel& discriminator, const Rows& training_part,
                                  const Rows& validation_part, const EvaluationOptions& options,
                                  fingerprint::Observer& observer) {
  fingerprint::DiscriminatorTrainingOptions training = options.training;
  training.normalisation = discriminator.normalisation;
  training.batch = discriminator.batch;
  training.learning_rate = discriminator.learning_rate;
  training.model = discriminator.model;
  fingerprint::TrainedModel retrained = fingerprint::train(
      discriminator.factory, training_part, validation_part, discriminator.classes, training, observer);
  retrained.model = discriminator.model;
  return retrained;
}

/// Scores of defended rows, as far as there are rows for them.
void add_defended(Scorer& scorer, const RowSource& defended, const fingerprint::TrainedModel& discriminator,
                  const EvaluationOptions& options, fingerprint::Observer& observer) {
  const Divided parts(defended, discriminator, options, "defended", observer);
  const Rows test = parts.needed(Part::test, "test");
  if (empty(test)) return;
  scorer.about(parts.test_rows("defended_"));
  scorer.add(discriminator, test, options.defence_name, "static " + discriminator.model);
  const Rows training_part = parts.needed(Part::training, "training");
  if (empty(training_part)) return;
  const fingerprint::TrainedModel retrained =
      retrain(discriminator, training_part, parts.part(Part::validation, "validation"), options, observer);
  scorer.add(retrained, test, options.defence_name, "retrained " + discriminator.model);
}

}  // namespace

EvaluationReport evaluate(const RowSource& clean, const fingerprint::TrainedModel& discriminator,
                          const std::optional<RowSource>& defended, const defence::Overhead* overhead,
                          const EvaluationOptions& options, fingerprint::Observer& observer) {
  EvaluationReport report;
  report.devices = discriminator.classes;
  report.rows = clean.labels().noun();
  Scorer scorer(report, options, observer);
  const Divided clean_parts(clean, discriminator, options, "undefended", observer);
  const Rows clean_test = clean_parts.needed(Part::test, "test");
  if (!empty(clean_test)) {
    scorer.about(clean_parts.test_rows(""));
    scorer.add(discriminator, clean_test, "none", "static " + discriminator.model);
  }
  if (overhead != nullptr) report.overhead = *overhead;
  if (defended) add_defended(scorer, *defended, discriminator, options, observer);
  if (report.scores.empty()) report.notes.push_back(nothing_evaluated(report, discriminator.split.mode));
  scorer.finish();
  return report;
}

}  // namespace ipet::evaluation
