// Answers of one line, put together.
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

evaluation::EvaluationReport votes_of(int minutes, std::size_t most_test_rows) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}, {"bulb", 45, 200}}, 5));
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T4};
  options.votes = {std::chrono::minutes(minutes)};
  options.most_test_rows = most_test_rows;
  fingerprint::Observer observer;
  return compare(in, options, observer).report;
}

TEST(Votes, of_an_hour_are_counted_within_each_day) {
  const auto report = votes_of(60, 0);
  const auto* vote = find(report, "none", "own", "T4", "nearest mean, vote 60 min");
  ASSERT_NE(vote, nullptr);
  EXPECT_EQ(vote->windows, 3 * 2 * 2U);  // devices, test days, hours
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_TRUE(report.notes.front().starts_with(
      "fewer than 10 test rows, so that scores of these devices say little: "))
      << report.notes.front();
}

TEST(Votes, of_more_than_a_day_put_the_test_days_of_a_device_together) {
  const auto report = votes_of(14 * 24 * 60, 0);
  const auto* vote = find(report, "none", "own", "T4", "nearest mean, vote 20160 min");
  ASSERT_NE(vote, nullptr);
  EXPECT_EQ(vote->windows, 3U);  // one answer per device
  EXPECT_DOUBLE_EQ(vote->accuracy, 1);
}

TEST(Votes, on_a_sample_of_rows_are_said_to_be_such) {
  const auto report = votes_of(60, 10);  // of 24 rows of a line
  ASSERT_EQ(report.notes.size(), 2U) << "the second is of votes that are few";
  EXPECT_EQ(report.notes.front(),
            "defence none, own: votes know at most 10 rows of each line, counts of 5 min, drawn at random");
}

}  // namespace
}  // namespace ipet::comparison
