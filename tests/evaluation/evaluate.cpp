// The three scores on made-up windows, and the table that shows them.
#include <cmath>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/text/wrapping.hpp"
#include "stages/dataset/split.hpp"
#include "stages/evaluation/evaluation.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::evaluation {
namespace {

constexpr std::size_t slots = 10, devices = 3;

/// Toy windows in five captures that hold all devices; `swap` gives every window the features of the next
/// device, which fools whoever learned from others and nobody else.
windows::WindowSet home(bool swap, std::uint64_t seed) {
  windows::WindowSet set;
  set.slots = slots;
  set.omega = 0.1;
  set.devices = toy::names(devices);
  const auto toy = toy::windows(devices, 150, slots, seed);
  set.features = toy.features;
  set.silence = toy.silence;
  for (std::size_t i = 0; i < toy.size(); ++i) {
    set.device.push_back(static_cast<std::uint16_t>((toy.label[i] + (swap ? 1 : 0)) % devices));
    set.capture.push_back(static_cast<std::uint32_t>(i * 5 / toy.size()));
    set.start.push_back(static_cast<traffic::Nanoseconds>(i) * traffic::second);
  }
  for (int c = 0; c < 5; ++c) set.captures.push_back("day " + std::to_string(c));
  return set;
}

fingerprint::TrainedModel discriminator(const windows::WindowSet& set) {
  fingerprint::Observer observer;
  const fingerprint::SplitRecord split = fingerprint::decide_split(set, {}).record;
  std::vector<std::size_t> all(set.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto part = [&](fingerprint::Part which) {
    std::size_t unknown = 0;
    return fingerprint::gather(set, fingerprint::select(split, set, all, which), set.devices, unknown);
  };
  fingerprint::DiscriminatorTrainingOptions options;
  options.epochs = 20;
  options.learning_rate = 0.01;
  auto model = fingerprint::train(
      std::make_shared<const fingerprint::LstmFactory>(fingerprint::LstmOptions{}),
      part(fingerprint::Part::training), part(fingerprint::Part::validation), set.devices, options, observer);
  model.model = "lstm";
  model.split = split;
  model.omega = set.omega;
  return model;
}

EvaluationOptions quick() {
  EvaluationOptions options;
  options.training.epochs = 20;
  options.training.learning_rate = 0.01;
  return options;
}

TEST(Evaluation, SeparatesTheFooledStaticAttackerFromTheRetrainedOne) {
  SCOPED_TRACE("seeds 1 and 2 of the windows");
  const windows::WindowSet clean = home(false, 1), defended = home(true, 2);
  const defence::Overhead overhead;
  fingerprint::Observer observer;
  const EvaluationReport report =
      evaluate(clean, discriminator(clean), defended, &overhead, quick(), observer);
  ASSERT_EQ(report.scores.size(), 3U);
  EXPECT_EQ(report.scores[0].defence + "/" + report.scores[0].attacker, "none/static lstm");
  EXPECT_EQ(report.scores[1].defence + "/" + report.scores[1].attacker, "perturbation/static lstm");
  EXPECT_EQ(report.scores[2].defence + "/" + report.scores[2].attacker, "perturbation/retrained lstm");
  EXPECT_GT(report.scores[0].macro_f1, 0.9);
  EXPECT_LT(report.scores[1].macro_f1, 0.1);
  EXPECT_GT(report.scores[2].macro_f1, 0.9);
  EXPECT_EQ(report.scores[0].windows, 90U);  // one of five captures
  for (const Score& score : report.scores) {
    EXPECT_FALSE(score.highest_recall_device.empty());
    // 450 s a device, a fifth of it tested: at most a piece of 5 minutes and a bit of the next.
    EXPECT_TRUE(score.interval_over == "pieces of 5 min" || score.interval_over.empty())
        << score.interval_over;
  }
}

TEST(Evaluation, OfCleanTrafficAloneHasOneRow) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet clean = home(false, 1);
  fingerprint::Observer observer;
  EXPECT_EQ(evaluate(clean, discriminator(clean), std::nullopt, nullptr, quick(), observer).scores.size(),
            1U);
}

TEST(Evaluation, WarnsAndGoesOnWhenNoTestWindowsAreLeft) {
  struct Listener : fingerprint::Observer {
    void warn(std::string_view text) override { warnings.emplace_back(text); }
    std::vector<std::string> warnings;
  };
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet clean = home(false, 1);
  fingerprint::TrainedModel model = discriminator(clean);
  model.split.test_captures.clear();
  Listener listener;
  const EvaluationReport report = evaluate(clean, model, std::nullopt, nullptr, quick(), listener);
  EXPECT_TRUE(report.scores.empty());
  EXPECT_EQ(listener.warnings, std::vector<std::string>{
                                   "there are no undefended test windows (split by capture): nothing can be "
                                   "said about " +
                                   text::named(model.classes, 100)});
  EXPECT_THAT(
      report.notes,
      testing::ElementsAre("nothing was evaluated: no device has windows to test on (split by capture): " +
                           text::named(model.classes, 100) +
                           "; train again with another option 'split', a larger 'test_fraction', or more "
                           "captures"));
  EXPECT_THAT(table(report),
              testing::HasSubstr("\n  nothing was evaluated: no device has windows to test on"));
  EXPECT_THAT(table(report), testing::Not(testing::HasSubstr("accuracy"))) << "no table without rows";
}

TEST(Evaluation, RefusesWindowsOfOtherSlots) {
  SCOPED_TRACE("seed 1 of the windows");
  const windows::WindowSet clean = home(false, 1);
  fingerprint::TrainedModel model = discriminator(clean);
  model.omega = 0.2;
  fingerprint::Observer observer;
  try {
    evaluate(clean, model, std::nullopt, nullptr, quick(), observer);
    FAIL() << "asked a model of slots of 0.2 s about slots of 0.1 s";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the undefended windows have 10 slots of 0.1 s, the discriminator was trained on 10 slots "
                 "of 0.2 s");
  }
}

TEST(Table, ShowsScoresAndOverheadInWords) {
  EvaluationReport report;
  report.devices = {"bulb", "camera"};
  report.scores = {{"none", "static lstm", 120, 0.9875, 0.981, 0.55, {0.9, std::nan("")}, {}},
                   {"ipet", "retrained lstm", 130, 0.7, 0.6512, 0.5, {}, {}}};
  report.scores[0].accuracy_low = 0.9649;
  report.scores[0].accuracy_high = 0.991;
  report.scores[0].macro_f1_low = 0.9;
  report.scores[0].macro_f1_high = 1;
  report.scores[0].interval_over = "days";
  report.point = {{"model", std::string("lstm")}, {"omega", 0.1}};
  report.notes = {"a note"};
  // Per device 10 s; dummies: 20 and 40 packets, 2000 and 4000 bytes on the wire; original: 3000 in all.
  report.overhead.rows.resize(3);
  report.overhead.rows[0].seconds = report.overhead.rows[1].seconds = report.overhead.rows[2].seconds = 10;
  report.overhead.rows[0].covered = report.overhead.rows[1].covered = true;  // the third is not protected
  report.overhead.rows[0].dummy[0] = {20, 1160, 2000};
  report.overhead.rows[1].dummy[1] = {40, 2320, 4000};
  report.overhead.rows[0].user[1] = {10, 2460, 3000};
  report.overhead.rows[0].sent[0] = {20, 1160, 2000};
  report.overhead.rows[1].sent[1] = {40, 2320, 4000};
  report.overhead.rows[0].sent[1] = report.overhead.rows[0].user[1];
  const std::string text = table(report);
  EXPECT_THAT(
      text,
      testing::HasSubstr(
          "one of 2 devices, window by window (1 of them have test windows), where model = lstm, omega = "
          "0.1:\n"));
  EXPECT_THAT(text, testing::HasSubstr(
                        "  defence  attacker        accuracy  95 %        macro F1  95 %        majority  "
                        "test windows\n"
                        "  none     static lstm        0.988  0.96..0.99     0.981  0.90..1.00     0.550"
                        "           120\n"));
  EXPECT_THAT(text, testing::HasSubstr(
                        "  ipet     retrained lstm     0.700                 0.651                 0.500"
                        "           130\n"));
  EXPECT_THAT(text,
              testing::HasSubstr("  95 %: bootstrap over each device's days (Rao and Wu 1988), not over "
                                 "rows, which are alike.\n"));
  EXPECT_THAT(text, testing::HasSubstr("  95 %: none where"));
  EXPECT_THAT(text, testing::EndsWith("  a note\n"));
  EXPECT_THAT(text, testing::HasSubstr("(mean of 2): 3.00 dummy packets/s, 300.0 bytes/s on the wire"));
  EXPECT_THAT(text, testing::HasSubstr("200.0 % of the original bytes"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("delay")));
}

TEST(Table, SaysOfRowsWhoseIntervalsAreOverOtherThingsEachOnceInLinesThatFit) {
  EvaluationReport report;
  report.devices = {"cam", "lamp"};
  report.scores = {{"none", "static lstm", 120, 0.9, 0.9, 0.5, {0.9, 0.9}, {}},
                   {"ipet", "static lstm", 120, 0.9, 0.9, 0.5, {0.9, 0.9}, {}},
                   {"ipet", "retrained lstm", 120, 0.9, 0.9, 0.5, {0.9, 0.9}, {}}};
  report.scores[0].interval_over = report.scores[2].interval_over =
      "captures, of which 1 of 2 devices has one alone, which adds no width";
  report.scores[1].interval_over = "captures";
  EXPECT_THAT(
      table(report),
      testing::HasSubstr("  95 %: bootstrap over each device's captures; or captures, of which 1 of 2 "
                         "devices has one alone, which adds no width\n"
                         "        (Rao and Wu 1988), not over rows, which are alike.\n"));
}

TEST(Table, ShowsTheDelayOfDefencesThatDelay) {
  EvaluationReport report;
  report.devices = {"bulb", "camera"};
  report.overhead.rows.resize(2);
  for (int i = 1; i <= 100; ++i) report.overhead.rows[0].delays.add(traffic::second * i);
  report.overhead.rows[1].unsent_bytes = 12;
  // Quantiles are at most 1.6 % too large: 50, 95 and 99 s, in bins of 1/64 of a power of two.
  EXPECT_THAT(table(report),
              testing::ContainsRegex("delay of user packets: p50 50(\\.[0-9])? s, p95 9[56](\\.[0-9])? "
                                     "s, p99 (99|100)(\\.[0-9])? s, most 100 s; user bytes not sent: "
                                     "12\n"));
  report.overhead.rows[0].delays = {};
  for (int i = 0; i < 4; ++i) report.overhead.rows[0].delays.add(traffic::second / 4);
  EXPECT_THAT(table(report), testing::HasSubstr("most 0.25 s;"));
  report.overhead.rows[0].exposed_minutes = 2;
  report.overhead.rows[1].exposed_minutes = 1;
  EXPECT_THAT(table(report),
              testing::HasSubstr("not sent: 12; minutes in which a line can be told from others: 3\n"));
}

TEST(Table, HasNotesInLinesOfATerminalsWidth) {
  EvaluationReport report;
  report.devices = {"bulb"};
  std::string note = "a set";
  for (int i = 0; i < 40; ++i) note += " device-" + std::to_string(i);
  report.notes = {note};
  const std::string text = table(report);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 118U) << line;
  std::string joined = text;
  for (std::size_t at = 0; (at = joined.find("\n    ", at)) != std::string::npos;) joined.replace(at, 5, " ");
  EXPECT_THAT(joined, testing::HasSubstr("\n  " + note + "\n")) << "nothing is lost";
}

}  // namespace
}  // namespace ipet::evaluation
