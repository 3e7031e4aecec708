// Bootstrap intervals: small cases by hand, and how often they hold what they promise.
#include "stages/report/intervals.hpp"

#include <cmath>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "stages/report/metrics.hpp"

namespace ipet::evaluation {
namespace {

using traffic::Random;
using traffic::StreamKey;

const std::vector<std::string> two{"plug", "bulb"};

void add(Clusters& into, std::uint32_t device, std::int64_t day, std::uint16_t truth, std::uint16_t named,
         int rows, std::size_t run = 0) {
  for (int i = 0; i < rows; ++i) into.add(device, day, truth, named, run);
}

TEST(Intervals, OfTwoDaysAreThoseOfTheDaysAlone) {
  // The plug is always found on day 0 and never on day 1, the bulb always. One of the plug's two days is
  // drawn: confusion {{2, 0}, {0, 2}} with macro F1 1, or {{0, 2}, {0, 2}} with (0 + 2*2/(2+4)) / 2 = 1/3.
  Clusters clusters(2);
  add(clusters, 0, 0, 0, 0, 1);
  add(clusters, 0, 1, 0, 1, 1);
  for (const int day : {0, 1}) add(clusters, 1, day, 1, 1, 1);
  const Intervals intervals = bootstrap(clusters.list(), 2, StreamKey(1));
  EXPECT_NEAR(intervals.macro_f1.low, 1.0 / 3, 1e-12);
  EXPECT_NEAR(intervals.macro_f1.high, 1, 1e-12);
  EXPECT_NEAR(intervals.balanced_accuracy.low, 0.5, 1e-12);
  EXPECT_NEAR(intervals.balanced_accuracy.high, 1, 1e-12);
  EXPECT_EQ(intervals.devices, 2U);
  EXPECT_EQ(intervals.single_day, 0U);
}

TEST(Intervals, SpreadAsTheMeanOfTheDaysDoes) {
  // One device of four days with recalls 0, 0.2, 0.6, 1 beside one that is always found. The standard error
  // of the mean of four is s / 2 with s^2 = ((.45^2 + .25^2 + .15^2 + .55^2) / 3); half of it in balanced
  // accuracy. A draw of n of n would give sqrt(3/4) of that.
  Clusters clusters(2);
  const int right[] = {0, 2, 6, 10};
  for (int day = 0; day < 4; ++day) {
    add(clusters, 0, day, 0, 0, right[day]);
    add(clusters, 0, day, 0, 1, 10 - right[day]);
    add(clusters, 1, day, 1, 1, 10);
  }
  const double error = std::sqrt((0.2025 + 0.0625 + 0.0225 + 0.3025) / 3 / 4) / 2;
  const Intervals intervals = bootstrap(clusters.list(), 2, StreamKey(2), 20'000);
  // Means of 3 draws from {0, .2, .6, 1} have quantiles by enumeration: 2.5 % at 1/15 (P(0) = 1/64,
  // P(<= 1/15) = 4/64), 97.5 % at 13/15 (P(1) = 1/64, P(>= 13/15) = 4/64).
  EXPECT_NEAR(intervals.balanced_accuracy.low, (1.0 / 15 + 1) / 2, 1e-9);
  EXPECT_NEAR(intervals.balanced_accuracy.high, (13.0 / 15 + 1) / 2, 1e-9);
  EXPECT_NEAR(intervals.balanced_accuracy.high - intervals.balanced_accuracy.low, 2 * 1.96 * error, 0.09);
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no refusal";
}

Clusters random_clusters(Random& random, int copies) {
  Clusters clusters(3);
  for (std::uint32_t device = 0; device < 3; ++device) {
    for (int day = 0; day < 4; ++day) {
      for (int row = 0; row < 5; ++row)
        add(clusters, device, day, static_cast<std::uint16_t>(device),
            static_cast<std::uint16_t>(random.below(3)), copies);
    }
  }
  return clusters;
}

TEST(Intervals, MoveWithDaysAndNotWithRows) {
  SCOPED_TRACE("seeds 7 of the rows, 3 of the draws");
  Random once(7), twice(7);
  const Intervals one = bootstrap(random_clusters(once, 1).list(), 3, StreamKey(3));
  const Intervals two = bootstrap(random_clusters(twice, 2).list(), 3, StreamKey(3));
  EXPECT_GT(one.macro_f1.high - one.macro_f1.low, 0.05);
  EXPECT_NEAR(one.macro_f1.low, two.macro_f1.low, 1e-12);
  EXPECT_NEAR(one.macro_f1.high, two.macro_f1.high, 1e-12);
  EXPECT_NEAR(one.balanced_accuracy.low, two.balanced_accuracy.low, 1e-12);
}

TEST(Intervals, AreTheSameForTheSameKeyOnly) {
  SCOPED_TRACE("seeds 8 of the rows, 1 and 2 of the draws");
  Random random(8);
  const std::vector<Cluster> list = random_clusters(random, 1).list();
  const auto low = [&](std::uint64_t seed) { return bootstrap(list, 3, StreamKey(seed)).macro_f1.low; };
  EXPECT_EQ(low(1), low(1));
  EXPECT_NE(low(1), low(2));
}

TEST(Intervals, CannotBeGivenForASingleDay) {
  Clusters clusters(2);
  add(clusters, 0, 0, 0, 0, 3);
  add(clusters, 1, 0, 1, 0, 3);
  Intervals intervals = bootstrap(clusters.list(), 2, StreamKey(1));
  EXPECT_TRUE(std::isnan(intervals.macro_f1.low) && std::isnan(intervals.macro_f1.high));
  EXPECT_TRUE(std::isnan(intervals.balanced_accuracy.low));
  EXPECT_EQ(intervals.single_day, 2U);
  add(clusters, 1, 1, 1, 1, 3);
  intervals = bootstrap(clusters.list(), 2, StreamKey(1));
  EXPECT_LT(intervals.macro_f1.low, intervals.macro_f1.high);
  EXPECT_EQ(intervals.single_day, 1U);
  EXPECT_TRUE(std::isnan(bootstrap({}, 2, StreamKey(1)).macro_f1.low));
}

/// A device's recall on a day is 0.25 or 0.85; its 20 rows follow it. Wrong ones go to the next class.
double coverage(std::uint64_t seed, int homes, std::size_t devices, int days, bool by_rows) {
  const double truth = 0.55;  // mean recall
  int held = 0;
  for (int home = 0; home < homes; ++home) {
    Random random(StreamKey(seed).with(static_cast<std::uint64_t>(home)));
    Clusters clusters(devices);
    for (std::uint32_t device = 0; device < devices; ++device) {
      for (int day = 0; day < days; ++day) {
        const double recall = random.uniform() < 0.5 ? 0.25 : 0.85;
        for (int row = 0; row < 20; ++row) {
          const bool right = random.uniform() < recall;
          clusters.add(device, by_rows ? day * 20 + row : day, static_cast<std::uint16_t>(device),
                       static_cast<std::uint16_t>(right ? device : (device + 1) % devices));
        }
      }
    }
    const Interval found =
        bootstrap(clusters.list(), devices,
                  StreamKey(seed).with("draws").with(static_cast<std::uint64_t>(home)), 200)
            .balanced_accuracy;
    held += found.low <= truth && truth <= found.high ? 1 : 0;
  }
  return static_cast<double>(held) / homes;
}

TEST(Intervals, HoldTheTruthAsOftenAsTheyPromise) {
  const std::uint64_t seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  // Of 8000 homes 0.868 with two days (quantiles know nothing of so few), 0.931 with four; the standard error
  // of 400 homes is 0.017 and 0.013. Without the weights it would be 0.75 with two days.
  const double of_two = coverage(seed, 400, 6, 2, false), of_four = coverage(seed, 400, 6, 4, false);
  EXPECT_GT(of_two, 0.868 - 0.08);
  EXPECT_LT(of_two, 0.868 + 0.08);
  EXPECT_GT(of_four, 0.931 - 0.06);
  EXPECT_LT(of_four, 0.931 + 0.06);
  EXPECT_LT(coverage(seed, 100, 6, 4, true), 0.75) << "rows taken for independent promise too much";
}

TEST(Intervals, OfSeveralRunsAreDrawnTogether) {
  // The second run is wrong where the first is right, so that their mean never moves.
  Clusters clusters(2, 2);
  for (std::uint32_t device = 0; device < 2; ++device) {
    for (int day = 0; day < 4; ++day) {
      const auto truth = static_cast<std::uint16_t>(device), other = static_cast<std::uint16_t>(1 - device);
      add(clusters, device, day, truth, day % 2 == 0 ? truth : other, 5, 0);
      add(clusters, device, day, truth, day % 2 == 0 ? other : truth, 5, 1);
    }
  }
  const Interval interval = bootstrap(clusters.list(), 2, StreamKey(1)).balanced_accuracy;
  EXPECT_NEAR(interval.low, 0.5, 1e-12);
  EXPECT_NEAR(interval.high, 0.5, 1e-12);
}

TEST(ScoreOfClusters, IsTheMeanOverRunsWithAnInterval) {
  // Run 0: all right. Run 1: the plug is taken for the bulb: recalls 0 and 1, F1 0 and 2*4/(4+8).
  Clusters clusters(2, 2);
  for (const int day : {0, 1}) {
    for (const std::size_t run : {0U, 1U}) {
      add(clusters, 0, day, 0, static_cast<std::uint16_t>(run), 2, run);
      add(clusters, 1, day, 1, 1, 2, run);
    }
  }
  const Score s = score(clusters, two, StreamKey(1), "days");
  EXPECT_EQ(s.windows, 8U);
  EXPECT_EQ(s.seeds, 2U);
  EXPECT_DOUBLE_EQ(s.macro_f1, (1 + (0 + 2.0 / 3) / 2) / 2);
  EXPECT_DOUBLE_EQ(s.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(s.balanced_accuracy, 0.75);
  EXPECT_EQ(s.confusion, (std::vector<std::uint64_t>{4, 4, 0, 8}));
  EXPECT_EQ(s.highest_recall_device, "bulb");
  EXPECT_DOUBLE_EQ(s.highest_recall, 1);
  EXPECT_DOUBLE_EQ(s.recall[0], 0.5);
  EXPECT_TRUE(std::isnan(s.macro_f1_low)) << "the days are all the same";
  EXPECT_TRUE(std::isnan(s.macro_f1_high));
}

TEST(ScoreOfClusters, LeaveOutRunsWithoutAnswers) {
  // Of three runs the second has no rows. Run 0 is right; run 2 takes the plug for the bulb: F1 0 and 2/3.
  Clusters clusters(2, 3);
  for (const int day : {0, 1}) {
    for (const std::size_t run : {0U, 2U}) {
      add(clusters, 0, day, 0, run == 0 ? 0 : 1, 2, run);
      add(clusters, 1, day, 1, 1, 2, run);
    }
  }
  const Score s = score(clusters, two, StreamKey(1), "days");
  EXPECT_EQ(s.seeds, 2U);
  EXPECT_EQ(s.windows, 8U) << "of one run";
  EXPECT_DOUBLE_EQ(s.macro_f1, (1 + 1.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(s.accuracy, 0.75);
  EXPECT_DOUBLE_EQ(s.balanced_accuracy, 0.75);
  EXPECT_DOUBLE_EQ(s.majority, 0.5);
  EXPECT_TRUE(std::isnan(s.macro_f1_low)) << "the days are all the same";
  EXPECT_TRUE(std::isnan(s.macro_f1_high));
}

TEST(ScoreOfClusters, WithoutAnyAnswerIsNothing) {
  const Score s = score(Clusters(2, 3), two, StreamKey(1), "days");
  EXPECT_EQ(s.seeds, 0U);
  EXPECT_EQ(s.windows, 0U);
  EXPECT_EQ(s.macro_f1, 0);
}

TEST(Intervals, LeaveOutRunsWithoutRowsInADraw) {
  // Each run has rows on one of two days, always right. Whichever day is drawn, the run that has rows is
  // right.
  Clusters clusters(2, 2);
  for (std::uint32_t device = 0; device < 2; ++device) {
    for (const int day : {0, 1}) {
      const auto truth = static_cast<std::uint16_t>(device);
      add(clusters, device, day, truth, truth, 3, static_cast<std::size_t>(day));
    }
  }
  const Interval interval = bootstrap(clusters.list(), 2, StreamKey(1)).balanced_accuracy;
  EXPECT_NEAR(interval.low, 1, 1e-12);
  EXPECT_NEAR(interval.high, 1, 1e-12);
}

TEST(ScoreOfClusters, OfOneRunIsTheScoreOfItsRows) {
  SCOPED_TRACE("seeds 5 of the rows, 1 of the draws");
  Random random(5);
  Clusters clusters(4);
  std::vector<std::uint16_t> truth, named;
  for (int row = 0; row < 200; ++row) {
    truth.push_back(static_cast<std::uint16_t>(random.below(4)));
    named.push_back(static_cast<std::uint16_t>(random.below(4)));
    clusters.add(truth.back(), row % 5, truth.back(), named.back());
  }
  const Score by_rows = score(truth, named, 4);
  const Score by_days = score(clusters, std::vector<std::string>{"a", "b", "c", "d"}, StreamKey(1), "days");
  EXPECT_EQ(by_days.confusion, by_rows.confusion);
  EXPECT_DOUBLE_EQ(by_days.macro_f1, by_rows.macro_f1);
  EXPECT_DOUBLE_EQ(by_days.majority, by_rows.majority);
  EXPECT_LT(by_days.macro_f1_low, by_days.macro_f1);
  EXPECT_GT(by_days.macro_f1_high, by_days.macro_f1);
  EXPECT_EQ(by_days.interval_over, "days");
}

TEST(ScoreOfClusters, SaysOfHowManyDevicesItsIntervalKnowsNothing) {
  const auto over = [](const std::vector<int>& days) {
    Clusters clusters(4);
    for (std::uint16_t device = 0; device < days.size(); ++device)
      for (int day = 0; day < days[device]; ++day)
        clusters.add(device, day, device, static_cast<std::uint16_t>((device + day) % 4));
    return score(clusters, std::vector<std::string>{"a", "b", "c", "d"}, StreamKey(1), "captures")
        .interval_over;
  };
  EXPECT_EQ(over({2, 2, 2, 2}), "captures");
  EXPECT_EQ(over({2, 2, 2, 1}), "captures, of which 1 of 4 devices has one alone, which adds no width");
  EXPECT_EQ(over({2, 1, 1, 0}), "captures, of which 2 of 3 devices have one alone, which adds no width");
  EXPECT_EQ(over({1, 1, 1, 1}), "") << "there is no interval";
}

TEST(Clusters, RefuseWhatCannotBe) {
  Clusters clusters(2);
  clusters.add(0, 0, 1, 0);
  EXPECT_EQ(refusal([&] { clusters.add(0, 1, 0, 0); }), "Clusters: device 0 has two classes, 1 and 0");
  EXPECT_EQ(refusal([&] { clusters.add(1, 0, 2, 0); }),
            "Clusters: class 2 of 2 or run 0 of 1 is out of range");
  EXPECT_EQ(refusal([&] { clusters.add(1, 0, 0, 0, 1); }),
            "Clusters: class 0 of 2 or run 1 of 1 is out of range");
  EXPECT_EQ(refusal([] { Clusters(0, 1); }), "Clusters: no class or no run");
  EXPECT_EQ(refusal([] {
              bootstrap(std::vector<Cluster>{{0, 0, {1, 2, 3}}}, 2, StreamKey(1));
            }),
            "bootstrap: a cluster of class 0 has 3 counts, expected runs x 2 classes, the same for all");
}

TestRows rows_of(std::vector<std::uint16_t> device, std::vector<std::uint32_t> capture,
                 std::vector<int> minute, std::vector<std::int64_t> day) {
  TestRows rows;
  rows.captures = {"a", "b"};
  rows.device = std::move(device);
  rows.capture = std::move(capture);
  for (const int m : minute) rows.start.push_back(m * 60 * traffic::second);
  rows.day = std::move(day);
  return rows;
}

TEST(PlainIntervals, DrawTheLongestStretchesThatHalfOfTheDevicesHaveTwoOf) {
  EXPECT_EQ(drawn_units(rows_of({0, 0, 1, 1}, {0, 0, 0, 0}, {0, 1, 2, 3}, {0, 1, 0, 0})).name,
            "days, of which 1 of 2 devices has one alone, which adds no width");
  EXPECT_EQ(drawn_units(rows_of({0, 0, 1, 1}, {0, 0, 0, 0}, {0, 1, 2, 3}, {0, 1, 0, 1})).name, "days");
  EXPECT_EQ(drawn_units(rows_of({0, 0, 1, 1}, {0, 1, 0, 1}, {0, 1, 2, 3}, {0, 0, 0, 0})).name, "captures");
  EXPECT_EQ(drawn_units(rows_of({0, 0, 1, 1, 2}, {0, 0, 0, 0, 0}, {0, 1, 2, 3, 4}, {0, 1, 0, 0, 0})).name,
            "pieces of 5 min")
      << "one of three devices has two days";
  EXPECT_EQ(drawn_units(rows_of({0, 0, 1, 1}, {0, 0, 0, 0}, {0, 15, 0, 15}, {0, 0, 0, 0})).name, "test rows")
      << "aggregates of 15 minutes";
  // Minutes 4 and 5 are in different pieces; the same minute of two captures, too.
  const DrawnUnits pieces = drawn_units(rows_of({0, 0, 0, 1}, {0, 0, 0, 1}, {3, 4, 5, 4}, {0, 0, 0, 0}));
  EXPECT_EQ(pieces.name, "pieces of 5 min");
  EXPECT_EQ(pieces.units[0], pieces.units[1]);
  EXPECT_NE(pieces.units[1], pieces.units[2]);
  EXPECT_NE(pieces.units[1], pieces.units[3]);
}

TEST(PlainIntervals, OfTwoDaysAreThoseOfTheDaysAlone) {
  // As OfTwoDaysAreThoseOfTheDaysAlone above: macro F1 is 1 or 1/3, accuracy 1 or 1/2.
  const TestRows rows = rows_of({0, 0, 1, 1}, {0, 0, 0, 0}, {0, 1, 2, 3}, {0, 1, 0, 1});
  const std::vector<std::uint16_t> named{0, 1, 1, 1};
  Score s;
  set_intervals(s, rows, drawn_units(rows), named, 2, StreamKey(1));
  EXPECT_NEAR(s.macro_f1_low, 1.0 / 3, 1e-12);
  EXPECT_NEAR(s.macro_f1_high, 1, 1e-12);
  EXPECT_NEAR(s.accuracy_low, 0.5, 1e-12);
  EXPECT_NEAR(s.accuracy_high, 1, 1e-12);
  EXPECT_EQ(s.interval_over, "days");
}

TEST(PlainIntervals, AreNotThereOfASingleStretch) {
  const TestRows rows = rows_of({0, 0, 1}, {0, 0, 0}, {0, 1, 2}, {0, 0, 0});
  const std::vector<std::uint16_t> named{0, 1, 1};
  Score s;
  set_intervals(s, rows, drawn_units(rows), named, 2, StreamKey(1));
  EXPECT_TRUE(std::isnan(s.macro_f1_low) && std::isnan(s.accuracy_high));
  EXPECT_EQ(s.interval_over, "");
}

TEST(Intervals, OfNoWidthAreNone) {
  // All right, on two days of each: whatever is drawn, the score is 1. Two of four rows right on each of two
  // days of each: whatever is drawn, it is 1/2.
  for (const int wrong : {0, 2}) {
    Clusters clusters(2);
    for (const std::uint16_t device : {std::uint16_t{0}, std::uint16_t{1}}) {
      for (const int day : {0, 1}) {
        add(clusters, device, day, device, device, 4 - wrong);
        if (wrong > 0) add(clusters, device, day, device, device == 0 ? 1 : 0, wrong);
      }
    }
    const Score score = evaluation::score(clusters, two, StreamKey(1), "days");
    EXPECT_NEAR(score.macro_f1, wrong == 0 ? 1 : 0.5, 1e-12);
    for (const double end :
         {score.macro_f1_low, score.macro_f1_high, score.accuracy_low, score.accuracy_high})
      EXPECT_TRUE(std::isnan(end)) << wrong;
    EXPECT_EQ(score.interval_over, "") << wrong;
  }
}

TEST(Score, says_how_much_runs_scatter) {
  Clusters clusters(2, 3);  // the third run has no rows
  for (std::uint32_t device = 0; device < 2; ++device) {
    const auto truth = static_cast<std::uint16_t>(device);
    clusters.add(device, 0, truth, truth, 0);
    clusters.add(device, 0, truth, static_cast<std::uint16_t>(1 - truth), 1);
  }
  const std::vector<std::string> names = {"a", "b"};
  const Score both = score(clusters, names, traffic::StreamKey(1), "days");
  EXPECT_DOUBLE_EQ(both.macro_f1, 0.5);  // 1 and 0
  EXPECT_NEAR(both.macro_f1_deviation, std::sqrt(0.5), 1e-12);
}

}  // namespace
}  // namespace ipet::evaluation
