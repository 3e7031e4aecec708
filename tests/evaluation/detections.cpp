// What a game comes to, and its table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/report/result_rows.hpp"
#include "tests/evaluation/detection_samples.hpp"

namespace ipet::evaluation {
namespace {

TEST(StrongestDetector, is_the_most_precise_of_all_levels_for_each_defence_and_target) {
  const DetectionReport report = samples::game();
  EXPECT_THAT(strongest(report), testing::ElementsAre(&report.detections[0], &report.detections[1],
                                                      &report.detections[3], &report.detections[4]));
}

TEST(StrongestDetector, has_the_larger_area_where_precision_is_not_defined) {
  DetectionReport report = samples::game();
  report.detections = {report.detections[0], report.detections[0]};
  for (Detection& row : report.detections) row.average_precision = {};
  report.detections[1].area_under_curve.mean = 0.8;
  EXPECT_THAT(strongest(report), testing::ElementsAre(&report.detections[1]));
}

TEST(StrongestDetector, of_presence_has_the_largest_area) {
  DetectionReport report = samples::game();
  report.detections = {report.detections[0], report.detections[0]};
  report.detections[0].average_precision.mean = 0.80;
  report.detections[0].area_under_curve.mean = 0.60;
  report.detections[1].average_precision.mean = 0.79;
  report.detections[1].area_under_curve.mean = 0.75;
  EXPECT_THAT(strongest(report), testing::ElementsAre(&report.detections[0]));
  report.game = "presence";
  EXPECT_THAT(strongest(report), testing::ElementsAre(&report.detections[1]));
}

TEST(TableOfAGame, tells_costs_of_the_home_base_rates_and_who_is_not_judged) {
  const std::string text = table(samples::game());
  // Two lines, 80 and 120 bytes a second.
  EXPECT_THAT(text, testing::HasSubstr("the game 'activity': in which minutes?"));
  EXPECT_THAT(text, testing::ContainsRegex("\n  decoys +160 B/s +227 B/s +[0-9]+ %  not at all\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\n  cam +1 min +0\\.00625  0\\.250  0\\.12\\.\\.0\\.25  "
                                           "0\\.06\\.\\.0\\.25  0\\.750  - +-  +T2, boost 1 min\n"));
  EXPECT_THAT(text,
              testing::ContainsRegex("\n  lock +1 min +0\\.00069 .*T2, boost 1 min  \\(not judged\\)\n"));
  EXPECT_THAT(text, testing::HasSubstr("cam: rarely"));
}

TEST(RowsOfAGameForSweeps, have_the_columns_of_the_table_of_scores) {
  const std::vector<ReportRow> rows = result_rows(samples::game());
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_THAT(rows[2].shown, testing::Contains(testing::Pair("AP (95 %)", "0.250 (0.12..0.25)")));
  EXPECT_THAT(rows[2].stored[0], testing::Pair("game", "activity"));
  EXPECT_THAT(rows[2].stored, testing::Contains(testing::Pair("average_precision_low", "0.125")));
  EXPECT_THAT(rows[2].stored, testing::Contains(testing::Pair("area_under_curve_low", "")));
}

}  // namespace
}  // namespace ipet::evaluation
