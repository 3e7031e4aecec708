// What is kept of each answer.
#include "stages/report/predictions.hpp"

#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/evaluation/evaluation.hpp"
#include "stages/evaluation/generation_evaluation.hpp"
#include "tests/evaluation/generation_samples.hpp"

namespace ipet::evaluation {
namespace {

TestRows rows_of(const std::string& view, std::vector<traffic::Nanoseconds> starts) {
  TestRows rows;
  rows.view = view;
  rows.captures = {"a.pcap"};
  rows.capture.resize(starts.size());
  rows.device.resize(starts.size());
  rows.day.resize(starts.size());
  rows.start = std::move(starts);
  return rows;
}

Answers answers_of(std::vector<std::uint16_t> named, std::vector<float> probabilities) {
  Answers answers;
  answers.named = std::move(named);
  answers.classes = 2;
  answers.probabilities = std::move(probabilities);
  return answers;
}

TEST(Recorder, KeepsEqualRowsOnce) {
  PredictionRecorder recorder(Keep::automatic);
  EXPECT_EQ(recorder.add(rows_of("windows", {1, 2})), 0U);
  EXPECT_EQ(recorder.add(rows_of("defended_windows", {1, 2})), 1U);
  EXPECT_EQ(recorder.add(rows_of("windows", {1, 2})), 0U);
  EXPECT_EQ(recorder.add(rows_of("windows", {1, 3})), 2U);
  EXPECT_EQ(recorder.take()->rows.size(), 3U);
}

TEST(Recorder, DropsAllProbabilitiesWhereThereWouldBeTooMany) {
  PredictionRecorder recorder(Keep::automatic, 6);
  recorder.add(rows_of("windows", {1, 2}));
  ASSERT_TRUE(recorder.wants_probabilities(2, 2));  // four of six
  recorder.add(answers_of({0, 1}, {0.75, 0.25, 0.5, 0.5}));
  EXPECT_TRUE(recorder.wants_probabilities(1, 2));   // six of six
  EXPECT_FALSE(recorder.wants_probabilities(2, 2));  // eight
  EXPECT_FALSE(recorder.wants_probabilities(1, 2));  // a file has all or none
  recorder.add(answers_of({1, 1}, {}));
  EXPECT_TRUE(recorder.dropped());
  const auto kept = recorder.take();
  for (const Answers& answers : kept->answers) EXPECT_TRUE(answers.probabilities.empty());
  EXPECT_EQ(kept->answers[0].named, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(kept->count(), 4U);
}

TEST(Recorder, KeepsWhatItIsTold) {
  PredictionRecorder nothing(Keep::nothing), devices(Keep::devices), all(Keep::probabilities, 1);
  for (PredictionRecorder* recorder : {&nothing, &devices, &all}) recorder->add(rows_of("windows", {1}));
  EXPECT_FALSE(nothing.wants_probabilities(1, 2));
  EXPECT_FALSE(devices.wants_probabilities(1, 2));
  EXPECT_TRUE(all.wants_probabilities(1000, 1000));
  EXPECT_EQ(nothing.take(), nullptr);
  EXPECT_FALSE(devices.dropped());
  EXPECT_EQ(devices.take()->rows.size(), 1U);
}

/// The confusion matrix of what was kept of a score, counted here.
std::vector<std::uint64_t> recounted(const EvaluationReport& report, std::size_t score) {
  const std::size_t n = report.devices.size();
  std::vector<std::uint64_t> confusion(n * n);
  for (const Answers& of : report.predictions->answers)
    for (std::size_t i = 0; i < of.size() && of.score == score; ++i)
      ++confusion[report.predictions->truth_of(of, i) * n + of.named[i]];
  return confusion;
}

void expect_most_probable(const Answers& of) {
  ASSERT_EQ(of.probabilities.size(), of.size() * of.classes);
  for (std::size_t i = 0; i < of.size(); ++i) {
    const float* row = of.probabilities.data() + i * of.classes;
    EXPECT_EQ(std::max_element(row, row + of.classes) - row, of.named[i]);
    EXPECT_NEAR(std::accumulate(row, row + of.classes, 0.0), 1, 1e-5);
  }
}

TEST(Predictions, OfAnEvaluationGiveItsConfusionAndNameItsWindows) {
  const windows::WindowSet clean = test::home();
  const fingerprint::TrainedModel model = test::quick_discriminator(clean);
  EvaluationOptions options;
  options.training.epochs = 2;
  fingerprint::Observer observer;
  const EvaluationReport report = evaluate(clean, model, clean, nullptr, options, observer);
  ASSERT_EQ(report.scores.size(), 3U);
  ASSERT_EQ(report.predictions->rows.size(), 2U);
  EXPECT_EQ(report.predictions->rows[0].view, "windows");
  EXPECT_EQ(report.predictions->rows[1].view, "defended_windows");
  for (std::size_t score = 0; score < 3; ++score) {
    EXPECT_EQ(recounted(report, score), report.scores[score].confusion) << score;
    expect_most_probable(report.predictions->answers.at(score));
  }
  // The test windows are those of one of five captures, each a second after the other.
  const TestRows& rows = report.predictions->rows[0];
  ASSERT_EQ(rows.size(), 90U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto window = static_cast<std::size_t>(rows.start[i] / traffic::second);
    EXPECT_EQ(rows.captures[rows.capture[i]], clean.captures[clean.capture[window]]);
    EXPECT_EQ(report.devices[rows.device[i]], clean.devices[clean.device[window]]);
    EXPECT_EQ(rows.day[i], 0);
    EXPECT_EQ(fingerprint::part_of(model.split, report.devices[rows.device[i]],
                                   rows.captures[rows.capture[i]], rows.start[i]),
              fingerprint::Part::test);
  }
}

TEST(Predictions, OfDevicesAloneAreTheSameWithoutProbabilities) {
  const windows::WindowSet clean = test::home();
  const fingerprint::TrainedModel model = test::quick_discriminator(clean);
  fingerprint::Observer observer;
  EvaluationOptions options;
  const auto with = evaluate(clean, model, std::nullopt, nullptr, options, observer);
  options.predictions = Keep::devices;
  const auto without = evaluate(clean, model, std::nullopt, nullptr, options, observer);
  EXPECT_EQ(with.predictions->answers.at(0).named, without.predictions->answers.at(0).named);
  EXPECT_TRUE(without.predictions->answers.at(0).probabilities.empty());
  options.predictions = Keep::nothing;
  EXPECT_EQ(evaluate(clean, model, std::nullopt, nullptr, options, observer).predictions, nullptr);
}

TEST(Predictions, OfGenerationsAreAllAboutTheSameWindows) {
  const windows::WindowSet clean = test::home();
  const fingerprint::TrainedModel model = test::quick_discriminator(clean);
  GenerationEvaluationOptions options;
  options.retrain = Retrain::none;
  fingerprint::Observer observer;
  const EvaluationReport report =
      evaluate_generations(clean, model, test::fixed(model, 1, 2), options, observer);
  ASSERT_EQ(report.predictions->rows.size(), 1U);
  ASSERT_EQ(report.predictions->answers.size(), report.scores.size());
  for (std::size_t score = 0; score < report.scores.size(); ++score) {
    EXPECT_EQ(report.predictions->answers[score].score, score);
    EXPECT_EQ(recounted(report, score), report.scores[score].confusion) << score;
  }
}

TEST(SplitSeed, ChoosesTheSameWindowsWhateverThePerturbations) {
  const windows::WindowSet clean = test::home();
  const fingerprint::TrainedModel model = test::quick_discriminator(clean);
  fingerprint::Observer observer;
  const auto chosen = [&](std::uint64_t seed, std::uint64_t split_seed) {
    GenerationEvaluationOptions options;
    options.retrain = Retrain::none;
    options.max_windows_per_device = 40;
    options.seed = seed;
    options.split_seed = split_seed;
    return evaluate_generations(clean, model, test::fixed(model, 1, 1), options, observer)
        .predictions->rows.at(0);
  };
  EXPECT_EQ(chosen(1, 5), chosen(2, 5));
  EXPECT_FALSE(chosen(1, 5) == chosen(1, 6));
}

}  // namespace
}  // namespace ipet::evaluation
