#include "stages/evaluation/generation_evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "pipeline/text/numbers.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/dataset/split.hpp"
#include "stages/evaluation/asking.hpp"
#include "stages/generator/sampling.hpp"
#include "stages/generator_training/perturb.hpp"
#include "stages/report/few_rows.hpp"
#include "stages/report/intervals.hpp"
#include "stages/report/metrics.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::evaluation {
namespace {

using fingerprint::LabelledWindows;
using fingerprint::Part;
using fingerprint::TrainedModel;
using generator::GeneratorSet;

std::string slots_text(std::size_t slots, double omega) {
  return std::to_string(slots) + " slots of " + traffic::number_text(omega) + " s";
}

void require_same_slots(const windows::WindowSet& windows, std::size_t slots, double omega,
                        const std::string& what) {
  if (slots == windows.slots && std::abs(omega - windows.omega) < 1e-9) return;
  throw std::runtime_error(what + slots_text(slots, omega) + ", the windows have " +
                           slots_text(windows.slots, windows.omega));
}

void require_common_device(const std::vector<std::string>& known, const std::vector<std::string>& others,
                           const std::string& what) {
  const auto is_known = [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  if (std::any_of(others.begin(), others.end(), is_known)) return;
  throw std::runtime_error("no device in common: the discriminator knows " + fingerprint::join(known) + ", " +
                           what + " " + fingerprint::join(others));
}

std::string existing(std::size_t count) {
  return count == 1 ? "only 0 exists" : "0 to " + std::to_string(count - 1) + " exist";
}

/// All positions when `wanted` is empty.
std::vector<std::size_t> chosen_of(const std::vector<std::uint32_t>& wanted, std::size_t count,
                                   const std::string& noun, const std::string& where) {
  std::vector<std::size_t> chosen(count);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (wanted.empty()) return chosen;
  chosen.assign(wanted.begin(), wanted.end());
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  if (chosen.back() >= count)
    throw std::out_of_range("no " + noun + " " + std::to_string(chosen.back()) + where + "; " +
                            existing(count));
  return chosen;
}

class GenerationEvaluation {
 public:
  GenerationEvaluation(const windows::WindowSet& clean, const TrainedModel& discriminator,
                       const GeneratorSet& generators, const GenerationEvaluationOptions& options,
                       fingerprint::Observer& observer)
      : clean_(clean),
        discriminator_(discriminator),
        generators_(generators),
        options_(options),
        observer_(observer),
        recorder_(options.predictions),
        own_(discriminator.classes.size(), generator::no_generator) {
    check_inputs();
    plan();
    find_generators();
    choose_windows();
  }

  EvaluationReport run() {
    report_.devices = discriminator_.classes;
    if (test_.size() == 0) {
      observer_.warn(
          "there are no test windows (split by " +
          std::string(text::word_of(fingerprint::split_modes, discriminator_.split.mode)) +
          "): nothing can be said about " +
          text::named(discriminator_.classes, discriminator_.classes.size()) +
          "; train the discriminator again with another option 'split', a larger 'test_fraction', or "
          "more captures");
      return std::move(report_);
    }
    add(discriminator_, test_, "none", "static");
    for (const Planned& planned : plan_) evaluate(planned);
    if (recorder_.dropped()) observer_.warn(dropped_text());
    warn_of_few_rows(report_, observer_);
    report_.predictions = recorder_.take();
    return std::move(report_);
  }

 private:
  struct Planned {
    std::size_t chain = 0, generation = 0;
    bool retrain = false, shared = false;
  };

  void check_inputs() const {
    if (!discriminator_.factory || !discriminator_.factory->differentiable())
      throw std::runtime_error(
          "generations are evaluated with the network that they were trained against, not "
          "with model '" +
          discriminator_.model + "'");
    generator::check(generators_);
    require_same_slots(clean_, generators_.slots, generators_.omega, "the generators are for ");
    require_same_slots(clean_, discriminator_.slots, discriminator_.omega,
                       "the discriminator was trained on windows of ");
    require_common_device(discriminator_.classes, clean_.devices, "the windows are of");
    require_common_device(discriminator_.classes, generators_.devices, "the generators are for");
  }

  void plan() {
    for (const std::size_t c : chosen_of(options_.chains, generators_.chains.size(), "chain", "")) {
      const auto& generations = generators_.chains[c].generations;
      for (const std::size_t g : chosen_of(options_.generations, generations.size(), "generation",
                                           " in chain " + std::to_string(c)))
        plan_.push_back({c, g, options_.retrain == Retrain::all, options_.retrain == Retrain::all});
      plan_.back().retrain = options_.retrain != Retrain::none;
      plan_.back().shared = true;
    }
    for (Planned& planned : plan_) {
      planned.shared = planned.shared && options_.shared_generator;
      // static, own and next; one more where an attacker is retrained, and for the shared generator.
      rows_ += 3 + (planned.retrain ? 1 : 0) + (planned.shared ? (planned.retrain ? 2 : 1) : 0);
    }
  }

  /// All chains and generations of a device are trained on the same windows.
  void find_generators() {
    const std::vector<generator::Generator>& devices = generators_.chains[0].generations[0].devices;
    std::vector<std::string> without;
    for (std::size_t k = 0; k < own_.size(); ++k) {
      const std::string& name = discriminator_.classes[k];
      const auto found = std::find(generators_.devices.begin(), generators_.devices.end(), name);
      const auto d = static_cast<std::size_t>(found - generators_.devices.begin());
      if (found == generators_.devices.end() || devices[d].windows == 0) {
        without.push_back(name);
        continue;
      }
      own_[k] = d;
      if (shared_ == generator::no_generator || devices[d].windows > devices[shared_].windows) shared_ = d;
    }
    if (shared_ == generator::no_generator)
      throw std::runtime_error("none of the generators was trained: " + fingerprint::join(without));
    if (!without.empty())
      observer_.warn("no trained generator, so their windows stay as they are: " +
                     fingerprint::join(without));
  }

  void choose_windows() {
    std::vector<std::string> limited;
    const std::vector<std::size_t> chosen =
        fingerprint::subsample(clean_, options_.max_windows_per_device, options_.split_seed, limited);
    if (!limited.empty())
      observer_.warn("max_windows_per_device leaves out windows of: " + fingerprint::join(limited));
    std::size_t unknown = 0;
    const auto part = [&](Part which) {
      return fingerprint::gather(clean_, fingerprint::select(discriminator_.split, clean_, chosen, which),
                                 discriminator_.classes, unknown);
    };
    training_ = part(Part::training);
    validation_ = part(Part::validation);
    test_ = part(Part::test);
    // Perturbations move no window: all attackers are asked about the same rows.
    rows_of_test_ =
        test_rows("windows", clean_, fingerprint::select(discriminator_.split, clean_, chosen, Part::test),
                  discriminator_);
    drawn_ = drawn_units(rows_of_test_);
    recorder_.add(rows_of_test_);
    if (unknown > 0)
      observer_.warn(std::to_string(unknown) +
                     " windows belong to devices that the discriminator does not know; they are left out");
  }

  void evaluate(const Planned& planned) {
    const auto& generations = generators_.chains[planned.chain].generations;
    std::string defence = options_.defence_name + " generation " + std::to_string(planned.generation);
    if (generators_.chains.size() > 1) defence += " chain " + std::to_string(planned.chain);
    const LabelledWindows test = perturbed(test_, "test", planned, own_);
    add(discriminator_, test, defence, "static");
    add(planned.generation == 0 ? discriminator_ : after(generations[planned.generation - 1]), test, defence,
        "own");
    add(after(generations[planned.generation]), test, defence, "next");
    if (planned.retrain) retrain(test, planned, own_, defence);
    if (!planned.shared) return;
    const std::vector<std::size_t> shared(own_.size(), shared_);
    defence += ", one generator (of " + generators_.devices[shared_] + ") for all";
    const LabelledWindows alike = perturbed(test_, "test", planned, shared);
    add(discriminator_, alike, defence, "static");
    if (planned.retrain) retrain(alike, planned, shared, defence);
  }

  void retrain(const LabelledWindows& test, const Planned& planned, const std::vector<std::size_t>& of_class,
               const std::string& defence) {
    if (training_.size() == 0)
      return observer_.warn("there are no training windows: no attacker can be retrained");
    fingerprint::DiscriminatorTrainingOptions training = options_.training;
    // The same recipe, or a low score might only mean a worse training.
    training.normalisation = discriminator_.normalisation;
    training.batch = discriminator_.batch;
    training.learning_rate = discriminator_.learning_rate;
    training.model = discriminator_.model;
    add(fingerprint::train(discriminator_.factory, perturbed(training_, "training", planned, of_class),
                           perturbed(validation_, "validation", planned, of_class), discriminator_.classes,
                           training, observer_),
        test, defence, "retrained");
  }

  /// The windows with perturbations that no other part has.
  [[nodiscard]] LabelledWindows perturbed(const LabelledWindows& windows, const char* part,
                                          const Planned& planned,
                                          const std::vector<std::size_t>& of_class) const {
    const traffic::StreamKey key = traffic::StreamKey(options_.seed)
                                       .with("generation evaluation")
                                       .with(part)
                                       .with(planned.chain)
                                       .with(planned.generation);
    return generator::perturb(windows, generators_, planned.chain, planned.generation, of_class, key);
  }

  /// The discriminator after it learned from a generation.
  [[nodiscard]] TrainedModel after(const generator::Generation& generation) const {
    TrainedModel model = discriminator_;
    model.parameters = generation.discriminator;
    return model;
  }

  void add(const TrainedModel& model, const LabelledWindows& test, const std::string& defence,
           const std::string& attacker) {
    observer_.check();
    Answers answers = ask(model, test, test.size(), recorder_, observer_);
    answers.score = report_.scores.size();
    Score result = score(test.label, answers.named, discriminator_.classes.size());
    name_highest_recall(result, discriminator_.classes);
    result.defence = defence;
    result.attacker = attacker + " " + discriminator_.model;
    set_intervals(
        result, rows_of_test_, drawn_, answers.named, discriminator_.classes.size(),
        traffic::StreamKey(options_.split_seed).with("intervals").with(result.defence).with(result.attacker));
    const std::string number = text::format("%.3f", result.macro_f1);
    report_.scores.push_back(std::move(result));
    recorder_.add(std::move(answers));
    observer_.progress(static_cast<double>(report_.scores.size()) / static_cast<double>(rows_),
                       defence + ", " + attacker + ": macro F1 " + number);
  }

  const windows::WindowSet& clean_;
  const TrainedModel& discriminator_;
  const GeneratorSet& generators_;
  const GenerationEvaluationOptions& options_;
  fingerprint::Observer& observer_;
  PredictionRecorder recorder_;
  std::vector<std::size_t> own_;  // class -> generator
  std::size_t shared_ = generator::no_generator;
  std::vector<Planned> plan_;
  std::size_t rows_ = 1;
  LabelledWindows training_, validation_, test_;
  TestRows rows_of_test_;
  DrawnUnits drawn_;
  EvaluationReport report_;
};

}  // namespace

EvaluationReport evaluate_generations(const windows::WindowSet& clean, const TrainedModel& discriminator,
                                      const GeneratorSet& generators,
                                      const GenerationEvaluationOptions& options,
                                      fingerprint::Observer& observer) {
  return GenerationEvaluation(clean, discriminator, generators, options, observer).run();
}

}  // namespace ipet::evaluation
