// Rankings of draws, origins and days as one row; all figures by hand.
#include "stages/detection/tally.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ipet::detection {
namespace {

using evaluation::Ranking;

Answers answers(std::initializer_list<std::tuple<double, bool, traffic::Nanoseconds>> all) {
  Answers made;
  for (const auto& [likelihood, so, day] : all) made.add(likelihood, so, day);
  return made;
}

TEST(PooledRankings, weigh_precision_by_positives_and_area_by_pairs) {
  // Three positives of five and one of eleven: six and ten pairs.
  const Ranking rankings[] = {{5, 3, 0.5, 0.6}, {11, 1, 1.0, 1.0}};
  const Ranking all = pooled(rankings);
  EXPECT_EQ(all.count, 16U);
  EXPECT_EQ(all.positives, 4U);
  EXPECT_DOUBLE_EQ(all.average_precision, (3 * 0.6 + 1.0) / 4);
  EXPECT_DOUBLE_EQ(all.area_under_curve, (6 * 0.5 + 10 * 1.0) / 16);
}

TEST(PooledRankings, without_positives_say_nothing) {
  const Ranking none = ranked(answers({{1, false, 0}, {2, false, 0}})).all;
  const Ranking all = pooled({&none, 1});
  EXPECT_TRUE(std::isnan(all.average_precision));
  EXPECT_TRUE(std::isnan(all.area_under_curve));
}

TEST(RowOfAGame, has_mean_and_quantiles_of_draws_and_the_extremes_of_days) {
  // Day 0: found first, then last of two. Day 1: the other way round.
  const auto first = answers({{2, true, 0}, {1, false, 0}, {1, true, 1}, {4, false, 1}});
  const auto second = answers({{2, true, 0}, {1, false, 0}, {5, true, 1}, {4, false, 1}});
  evaluation::Detection row;
  fill(row, std::vector<std::vector<Rankings>>{{ranked(first)}, {ranked(second)}}, 2);
  EXPECT_EQ(row.draws, 2U);
  EXPECT_EQ(row.moments, 4);
  EXPECT_EQ(row.positives, 2);
  EXPECT_EQ(row.base_rate(), 0.5);
  EXPECT_TRUE(row.judged);
  // First draw, in order: no (4), yes (2), yes and no (1 each). Second: yes, no, yes, no.
  const double one = (1 / 2.0 + 2 / 4.0) / 2, two = (1 + 2 / 3.0) / 2;
  EXPECT_DOUBLE_EQ(row.average_precision.mean, (one + two) / 2);
  EXPECT_DOUBLE_EQ(row.average_precision.low, one + 0.025 * (two - one));
  EXPECT_DOUBLE_EQ(row.average_precision.high, one + 0.975 * (two - one));
  EXPECT_DOUBLE_EQ(row.area_under_curve.mean, ((1 + 0.5) / 4 + 3 / 4.0) / 2);
  // Day 0 is perfect in both draws, day 1 in the second one alone.
  EXPECT_DOUBLE_EQ(row.average_precision.highest_day, 1);
  EXPECT_DOUBLE_EQ(row.average_precision.lowest_day, (0.5 + 1) / 2);
  EXPECT_DOUBLE_EQ(row.area_under_curve.lowest_day, 0.5);
}

TEST(RowOfAGame, of_one_draw_has_no_interval_and_of_few_positives_is_not_judged) {
  evaluation::Detection row;
  fill(row, std::vector<std::vector<Rankings>>{{ranked(answers({{2, true, 0}, {1, false, 0}}))}}, 2);
  EXPECT_EQ(row.average_precision.mean, 1);
  EXPECT_TRUE(std::isnan(row.average_precision.low));
  EXPECT_FALSE(row.judged);
}

TEST(RowOfAGame, adds_the_origins_of_a_draw_up) {
  // Each detector ranks its own day: 7 of one is no more than 0 of the other.
  const Rankings good = ranked(answers({{1, true, 0}, {0, false, 0}})),
                 bad = ranked(answers({{7, false, 1}, {6, true, 1}}));
  evaluation::Detection row;
  fill(row, std::vector<std::vector<Rankings>>{{good, bad}}, 1);
  EXPECT_EQ(row.moments, 4);
  EXPECT_DOUBLE_EQ(row.average_precision.mean, (1 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(row.area_under_curve.mean, 0.5);
}

}  // namespace
}  // namespace ipet::detection
