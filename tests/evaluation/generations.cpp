// Scores per generation: the right discriminator on the right perturbations, for each part its own.
#include <cmath>
#include <functional>
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/evaluation/generation_evaluation.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/generator_training/generator_training.hpp"
#include "tests/evaluation/generation_samples.hpp"

namespace ipet::evaluation::test {
namespace {

using generator::GeneratorSet;
using testing::ElementsAre;
using testing::HasSubstr;

struct Listener : fingerprint::Observer {
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  void progress(double fraction, std::string_view) override { last = fraction; }
  std::vector<std::string> warnings;
  double last = 0;
};

GenerationEvaluationOptions quick() {
  GenerationEvaluationOptions options;
  options.training.epochs = 12;
  return options;
}

std::vector<std::string> names(const EvaluationReport& report) {
  std::vector<std::string> result;
  for (const Score& score : report.scores) result.push_back(score.defence + "/" + score.attacker);
  return result;
}

const Score& row(const EvaluationReport& report, const std::string& name) {
  for (const Score& score : report.scores)
    if (score.defence + "/" + score.attacker == name) return score;
  throw std::runtime_error("no row " + name);
}

TEST(Generations, EachHasARowForTheDiscriminatorsBeforeAndAfterIt) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet set = home();
  const auto model = quick_discriminator(set);
  Listener listener;
  const EvaluationReport report = evaluate_generations(set, model, fixed(model, 1, 2), quick(), listener);
  EXPECT_THAT(names(report),
              ElementsAre("none/static toy", "perturbation generation 0/static toy",
                          "perturbation generation 0/own toy", "perturbation generation 0/next toy",
                          "perturbation generation 1/static toy", "perturbation generation 1/own toy",
                          "perturbation generation 1/next toy", "perturbation generation 1/retrained toy",
                          "perturbation generation 1, one generator (of device-1) for all/static toy",
                          "perturbation generation 1, one generator (of device-1) for all/retrained toy"));
  // One of five captures is the test part: 90 windows, 30 of each device.
  for (const Score& score : report.scores) EXPECT_EQ(score.windows, 90U);
  EXPECT_EQ(report.devices, model.classes);
  EXPECT_EQ(listener.last, 1.0);
  EXPECT_TRUE(listener.warnings.empty());
  // Own and static are the same network in generation 0; later, own is what the generation before left.
  EXPECT_EQ(row(report, "perturbation generation 0/own toy").confusion,
            row(report, "perturbation generation 0/static toy").confusion);
  EXPECT_THAT(row(report, "perturbation generation 0/next toy").recall, ElementsAre(1, 0, 0));
  EXPECT_THAT(row(report, "perturbation generation 1/own toy").recall, ElementsAre(1, 0, 0));
  EXPECT_THAT(row(report, "perturbation generation 1/next toy").recall, ElementsAre(0, 1, 0));
}

TEST(Generations, AreChosenAndNamedByChain) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet set = home();
  const auto model = quick_discriminator(set);
  fingerprint::Observer observer;
  GenerationEvaluationOptions options = quick();
  options.chains = {1};
  options.generations = {2, 0};
  options.retrain = Retrain::none;
  options.shared_generator = false;
  options.defence_name = "cover";
  const EvaluationReport report = evaluate_generations(set, model, fixed(model, 2, 3), options, observer);
  EXPECT_THAT(names(report),
              ElementsAre("none/static toy", "cover generation 0 chain 1/static toy",
                          "cover generation 0 chain 1/own toy", "cover generation 0 chain 1/next toy",
                          "cover generation 2 chain 1/static toy", "cover generation 2 chain 1/own toy",
                          "cover generation 2 chain 1/next toy"));
}

TEST(Generations, AreAllRetrainedForWhenAskedTo) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet set = home();
  const auto model = quick_discriminator(set);
  fingerprint::Observer observer;
  GenerationEvaluationOptions options = quick();
  options.training.epochs = 1;
  options.retrain = Retrain::all;
  const EvaluationReport report = evaluate_generations(set, model, fixed(model, 1, 2), options, observer);
  EXPECT_EQ(report.scores.size(), 1U + 2 * 6);
  EXPECT_NO_THROW(row(report, "perturbation generation 0/retrained toy"));
  EXPECT_NO_THROW(
      row(report, "perturbation generation 0, one generator (of device-1) for all/retrained toy"));
}

TEST(Generations, OfDifferentDevicesAreAFingerprintAndOneForAllIsNot) {
  SCOPED_TRACE("seed 1 of the windows");
  // Nothing but their generators tells these devices apart.
  const windows::WindowSet set = home(true);
  const auto model = quick_discriminator(set);
  fingerprint::Observer observer;
  const EvaluationReport report = evaluate_generations(set, model, fixed(model, 1, 1), quick(), observer);
  EXPECT_GT(row(report, "perturbation generation 0/retrained toy").macro_f1, 0.95);
  // Guessing among three: 1/3, and 4 standard deviations of 90 guesses.
  EXPECT_LT(
      row(report, "perturbation generation 0, one generator (of device-1) for all/retrained toy").accuracy,
      0.34 + 0.2);
}

TEST(Generations, OfAStagedTrainingFoolWhatTheyWereTrainedAgainstAndNotWhoeverLearnsFromThem) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet set = home();
  const auto model =
      discriminator(set, 20, std::make_shared<fingerprint::LstmFactory>(fingerprint::LstmOptions{}));
  generator::GeneratorTrainingOptions training;
  training.training_stages = 2;
  training.generator_epochs = {4};
  training.discriminator_epochs = {4};
  training.discriminator_batch = 32;
  training.discriminator_learning_rate = 0.01;
  training.max_packets_per_omega = 2;
  training.max_payload_per_omega = 60;
  training.generator_learning_rate = 0.02;
  fingerprint::Observer observer;
  const GeneratorSet generators = generator::train_generators(
      model, part_of(set, model.split, fingerprint::Part::training), training, observer);
  GenerationEvaluationOptions options = quick();
  options.training.epochs = 30;
  options.shared_generator = false;
  const EvaluationReport report = evaluate_generations(set, model, generators, options, observer);
  EXPECT_GT(row(report, "none/static toy").macro_f1, 0.95);
  EXPECT_LT(row(report, "perturbation generation 0/own toy").macro_f1, 0.5);
  const double own = row(report, "perturbation generation 1/own toy").macro_f1;
  EXPECT_LT(own, 0.5);
  EXPECT_GT(row(report, "perturbation generation 1/retrained toy").macro_f1, own + 0.2);
  if (HasFailure()) std::cout << table(report);
}

TEST(Generations, LeaveWindowsOfDevicesWithoutATrainedGeneratorAsTheyAre) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet set = home();
  const auto model = quick_discriminator(set);
  GeneratorSet generators = fixed(model, 1, 1);
  generators.devices[0] = "somebody else";
  generators.chains[0].generations[0].devices[2].windows = 0;
  Listener listener;
  GenerationEvaluationOptions options = quick();
  options.retrain = Retrain::none;
  options.shared_generator = false;
  const EvaluationReport report = evaluate_generations(set, model, generators, options, listener);
  EXPECT_THAT(listener.warnings,
              ElementsAre("no trained generator, so their windows stay as they are: device-0, device-2"));
  const Score clean = row(report, "none/static toy"),
              defended = row(report, "perturbation generation 0/static toy");
  for (std::size_t other = 0; other < devices; ++other) {
    EXPECT_EQ(defended.confusion[other], clean.confusion[other]);
    EXPECT_EQ(defended.confusion[2 * devices + other], clean.confusion[2 * devices + other]);
  }
}

std::string error_of(const std::function<void(windows::WindowSet&, fingerprint::TrainedModel&, GeneratorSet&,
                                              GenerationEvaluationOptions&)>& spoil) {
  windows::WindowSet set = home();
  fingerprint::TrainedModel model = quick_discriminator(set);
  GeneratorSet generators = fixed(model, 1, 5);
  GenerationEvaluationOptions options = quick();
  spoil(set, model, generators, options);
  fingerprint::Observer observer;
  try {
    evaluate_generations(set, model, generators, options, observer);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(GenerationsErrors, NameWhatDoesNotFit) {
  EXPECT_EQ(error_of([](auto& set, auto&, auto&, auto&) { set.omega = 0.2; }),
            "the generators are for 10 slots of 0.1 s, the windows have 10 slots of 0.2 s");
  EXPECT_EQ(
      error_of([](auto&, auto& model, auto&, auto&) { model.slots = 40; }),
      "the discriminator was trained on windows of 40 slots of 0.1 s, the windows have 10 slots of 0.1 s");
  EXPECT_EQ(
      error_of([](auto&, auto&, auto& generators, auto&) {
        generators.devices = {"x", "y", "z"};
      }),
      "no device in common: the discriminator knows device-0, device-1, device-2, the generators are for "
      "x, y, z");
  EXPECT_EQ(error_of([](auto& set, auto&, auto&, auto&) {
              set.devices = {"x", "y", "z"};
            }),
            "no device in common: the discriminator knows device-0, device-1, device-2, the windows are of "
            "x, y, z");
  EXPECT_EQ(error_of([](auto&, auto&, auto&, auto& options) {
              options.chains = {0, 1};
            }),
            "no chain 1; only 0 exists");
  EXPECT_EQ(error_of([](auto&, auto&, auto&, auto& options) { options.generations = {5}; }),
            "no generation 5 in chain 0; 0 to 4 exist");
  EXPECT_EQ(error_of([](auto&, auto&, auto& generators, auto&) {
              for (auto& device : generators.chains[0].generations[0].devices) device.windows = 0;
            }),
            "none of the generators was trained: device-0, device-1, device-2");
  EXPECT_THAT(error_of([](auto&, auto&, auto& generators, auto&) {
                generators.chains[0].generations[1].devices[1].bias[3] = std::nanf("");
              }),
              HasSubstr("chain 0, generation 1, device 'device-1': a weight is not a finite number"));
}

TEST(GenerationsErrors, ReportAPartWithoutWindows) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet set = home();
  fingerprint::TrainedModel model = quick_discriminator(set);
  model.split.test_captures.clear();
  Listener listener;
  EXPECT_TRUE(evaluate_generations(set, model, fixed(model, 1, 1), quick(), listener).scores.empty());
  EXPECT_THAT(listener.warnings,
              ElementsAre("there are no test windows (split by capture): nothing can be said about device-0, "
                          "device-1, device-2; train the discriminator again with another option 'split', a "
                          "larger 'test_fraction', or more captures"));
}

}  // namespace
}  // namespace ipet::evaluation::test
