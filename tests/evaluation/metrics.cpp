// Scores worked out by hand.
#include "stages/report/metrics.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/report/few_rows.hpp"

namespace ipet::evaluation {
namespace {

using Classes = std::vector<std::uint16_t>;

TEST(Metrics, EqualAHandComputation) {
  // Class 0: 3 of 4 right, named 4 times: F1 = 2*3/(4+4) = 0.75. Class 1: 1 of 2 right, named 2 times: 0.5.
  // Class 2 has no window: does not count. Class 3: 0 of 1 right, never named: 0.
  const Score s = score(Classes{0, 0, 0, 0, 1, 1, 3}, Classes{0, 0, 0, 1, 1, 0, 2}, 4);
  EXPECT_EQ(s.windows, 7U);
  EXPECT_DOUBLE_EQ(s.accuracy, 4.0 / 7);
  EXPECT_DOUBLE_EQ(s.majority, 4.0 / 7);
  EXPECT_DOUBLE_EQ(s.macro_f1, (0.75 + 0.5 + 0) / 3);
  EXPECT_DOUBLE_EQ(s.recall[0], 0.75);
  EXPECT_DOUBLE_EQ(s.recall[1], 0.5);
  EXPECT_TRUE(std::isnan(s.recall[2]));
  EXPECT_DOUBLE_EQ(s.recall[3], 0);
  EXPECT_EQ(s.confusion[0 * 4 + 1], 1U);
  EXPECT_EQ(s.confusion[1 * 4 + 0], 1U);
  EXPECT_EQ(s.confusion[3 * 4 + 2], 1U);
  EXPECT_DOUBLE_EQ(s.balanced_accuracy, (0.75 + 0.5 + 0) / 3);
  EXPECT_DOUBLE_EQ(s.chance, 1.0 / 3);
  EXPECT_DOUBLE_EQ(s.highest_recall, 0.75);
}

TEST(Metrics, BalancedAccuracyDoesNotCareHowManyWindowsADeviceHas) {
  // 98 of 100 right of class 0, 0 of 2 of class 1: accuracy 98/102, mean recall 0.49.
  Classes truth(100, 0), named(98, 0);
  truth.insert(truth.end(), 2, 1);
  named.insert(named.end(), 2, 1);
  named.insert(named.end(), 2, 0);
  const Score s = score(truth, named, 2);
  EXPECT_DOUBLE_EQ(s.accuracy, 98.0 / 102);
  EXPECT_DOUBLE_EQ(s.balanced_accuracy, 0.49);
}

TEST(Metrics, TheWorstDeviceIsTheOneThatIsFoundBest) {
  const std::vector<std::string> names{"plug", "bulb", "camera", "lock"};
  // Recall 1/2, 1, none, 1.
  Score s = score(Classes{0, 0, 1, 3}, Classes{0, 1, 1, 3}, 4);
  name_highest_recall(s, names);
  EXPECT_EQ(s.highest_recall_device, "bulb");
  EXPECT_DOUBLE_EQ(s.highest_recall, 1);
  Score never_right = score(Classes{1, 1}, Classes{0, 0}, 4);
  name_highest_recall(never_right, names);
  EXPECT_EQ(never_right.highest_recall_device, "bulb") << "the only one with windows";
  EXPECT_DOUBLE_EQ(never_right.highest_recall, 0);
  Score empty = score(Classes{}, Classes{}, 4);
  name_highest_recall(empty, names);
  EXPECT_EQ(empty.highest_recall_device, "");
  EXPECT_THROW(name_highest_recall(s, std::vector<std::string>{"plug"}), std::invalid_argument);
}

TEST(Metrics, OfWeightsAreThoseOfCounts) {
  const Measures m = measure(std::vector<double>{1.5, 0.5, 0, 3}, 2);
  EXPECT_DOUBLE_EQ(m.accuracy, 4.5 / 5);
  EXPECT_DOUBLE_EQ(m.macro_f1, (3.0 / 3.5 + 6.0 / 6.5) / 2);
  EXPECT_DOUBLE_EQ(m.balanced_accuracy, (0.75 + 1) / 2);
  EXPECT_DOUBLE_EQ(m.majority, 3.0 / 5);
  EXPECT_EQ(m.present, 2U);
  EXPECT_THROW(measure(std::vector<double>{1, 2}, 2), std::invalid_argument);
}

TEST(Metrics, APerfectClassifierHasAMacroF1OfOne) {
  const Score s = score(Classes{0, 1, 1}, Classes{0, 1, 1}, 2);
  EXPECT_DOUBLE_EQ(s.macro_f1, 1);
  EXPECT_DOUBLE_EQ(s.accuracy, 1);
  EXPECT_DOUBLE_EQ(s.majority, 2.0 / 3);
}

TEST(Metrics, RefuseLengthsThatDiffer) {
  try {
    score(Classes{0, 1}, Classes{0}, 2);
    FAIL() << "accepted two windows and one answer";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "score: there are 2 windows, but 1 were named");
  }
  EXPECT_THROW(score(Classes{2}, Classes{0}, 2), std::invalid_argument);
}

/// Rows of each of three devices; named right or wrong does not matter.
Score of_rows(const std::string& defence, std::uint64_t plug, std::uint64_t bulb, std::uint64_t cam) {
  Score s;
  s.defence = defence;
  s.confusion = {plug, 0, 0, 0, bulb, 0, cam, 0, 0};
  return s;
}

TEST(FewRows, AreToldByDeviceWithTheirNumberAndTheNextStep) {
  EvaluationReport report;
  report.devices = {"plug", "bulb", "cam"};
  report.scores = {of_rows("none", 10, 9, 0), of_rows("none", 10, 9, 0)};
  EXPECT_EQ(
      few_rows_text(report),
      "fewer than 10 test windows, so that scores of these devices say little: bulb 9, cam 0; record for "
      "longer, test on more of it (test_fraction), or on all of it in turn (folds)");
  report.scores.push_back(of_rows("ipet", 10, 12, 3));
  EXPECT_THAT(few_rows_text(report),
              testing::HasSubstr("say little: none: bulb 9, cam 0; ipet: cam 3; record"));
  report.scores = {of_rows("none", 10, 10, 10)};
  EXPECT_EQ(few_rows_text(report), "");
}

TEST(FewRows, OfAComparisonAreThoseOfOneRunAndNamedByWhatTheAttackerLooksAt) {
  EvaluationReport report;
  report.rows = "rows";
  report.devices = {"plug", "bulb", "cam", "other"};
  Score s;
  s.defence = "none";
  s.level = "T2";
  s.view = "aggregates of 15 min";
  s.seeds = 2;
  s.confusion = {40, 0, 0, 0, 0, 20, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0};  // 20, 10 and 9 in each of two runs
  report.scores = {s, s};
  s.seconds = 3600;
  s.confusion[0] = 8;
  report.scores.push_back(s);
  EXPECT_THAT(
      few_rows_text(report),
      testing::HasSubstr("fewer than 10 test rows, so that scores of these devices say little: aggregates of "
                         "15 min: cam 9; aggregates of 15 min, votes over 60 min: plug 4, cam 9; record"));
}

TEST(FewRows, AreWarnedOfAndNoted) {
  struct Listener : fingerprint::Observer {
    void warn(std::string_view text) override { warnings.emplace_back(text); }
    std::vector<std::string> warnings;
  } listener;
  EvaluationReport report;
  report.devices = {"plug", "bulb", "cam"};
  report.scores = {of_rows("none", 10, 10, 10)};
  warn_of_few_rows(report, listener);
  EXPECT_TRUE(listener.warnings.empty() && report.notes.empty());
  report.scores = {of_rows("none", 1, 10, 10)};
  warn_of_few_rows(report, listener);
  EXPECT_EQ(report.notes, std::vector<std::string>{few_rows_text(report)});
  ASSERT_EQ(listener.warnings.size(), 1U);
  EXPECT_EQ(listener.warnings.front(),
            "fewer than 10 test windows, so that scores of these devices say little: plug 1; record for\n"
            "longer, test on more of it (test_fraction), or on all of it in turn (folds)");
}

TEST(FewRows, OfManyDevicesAndViewsNameSomeOfThem) {
  EvaluationReport report;
  report.rows = "rows";
  for (int d = 0; d < 8; ++d) report.devices.push_back("camera " + std::to_string(d));
  for (int minutes = 1; minutes <= 5; ++minutes) {
    Score& s = report.scores.emplace_back();
    s.defence = "none";
    s.level = "T2";
    s.view = "counts of " + std::to_string(minutes) + " min";
    s.confusion.assign(64, 0);
    for (std::size_t d = 0; d < 8; ++d) s.confusion[9 * d] = static_cast<std::uint64_t>(minutes);
  }
  const std::string text = few_rows_text(report);
  EXPECT_THAT(
      text, testing::HasSubstr("say little: counts of 1 min: camera 0 1, camera 1 1, camera 2 1, camera 3 1, "
                               "camera 4 1 and 3 more; counts of 2 min: "));
  EXPECT_THAT(text, testing::HasSubstr(
                        "; counts of 3 min: camera 0 3, camera 1 3, camera 2 3, camera 3 3, camera 4 3 "
                        "and 3 more; and 2 more kinds of rows; record"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("counts of 4 min")));
}

}  // namespace
}  // namespace ipet::evaluation
