// What is kept of each answer of a comparison, and which rows it is about.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

using evaluation::Answers;
using evaluation::EvaluationReport;
using evaluation::TestRows;

EvaluationReport compared(const std::function<void(ComparisonOptions&)>& change) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}, {"bulb", 45, 200}}, 5));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(0.05)}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T0, Level::T1, Level::T2, Level::T4, Level::T5};
  options.repeats = 2;
  change(options);
  fingerprint::Observer observer;
  return compare(in, options, observer).report;
}

TEST(Predictions, give_the_confusion_of_every_score) {
  const EvaluationReport report = compared([](auto& options) { options.seeds = 2; });
  const std::size_t n = report.devices.size();
  ASSERT_EQ(report.devices.back(), "other");
  std::vector<std::vector<std::uint64_t>> confusion(report.scores.size(), std::vector<std::uint64_t>(n * n));
  std::set<std::uint32_t> seeds;
  for (const Answers& of : report.predictions->answers) {
    seeds.insert(of.seed);
    for (std::size_t i = 0; i < of.size(); ++i)
      ++confusion.at(of.score)[report.predictions->truth_of(of, i) * n + of.named[i]];
  }
  EXPECT_EQ(seeds, (std::set<std::uint32_t>{0, 1}));
  for (std::size_t s = 0; s < confusion.size(); ++s)
    EXPECT_EQ(confusion[s], report.scores[s].confusion) << report.scores[s].level;
}

TEST(Predictions, of_a_vote_follow_from_those_of_its_rows) {
  const EvaluationReport report = compared([](auto&) {});
  std::map<std::string, const Answers*> of_level;
  for (const Answers& of : report.predictions->answers) {
    const auto& score = report.scores[of.score];
    if (score.defence == "dummies") of_level[score.level] = &of;
  }
  const Answers &rows = *of_level.at("T2"), &votes = *of_level.at("T4");
  const TestRows& set = report.predictions->rows[rows.rows];
  ASSERT_EQ(votes.rows, rows.rows);
  EXPECT_TRUE(votes.probabilities.empty());
  // An hour from the begin of the day, device by device: the sum of logarithms.
  std::map<std::tuple<std::uint16_t, std::int64_t, std::int64_t>, std::vector<double>> sums;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& sum = sums[{set.device[i], set.day[i], (set.start[i] - set.day[i]) / hour}];
    sum.resize(3);
    for (std::size_t c = 0; c < 3; ++c)
      sum[c] += std::log(std::max<double>(1e-6, rows.probabilities[3 * i + c]));
  }
  ASSERT_EQ(sums.size(), votes.size());
  for (std::size_t v = 0; v < votes.size(); ++v) {
    const std::size_t row = votes.row_of(v);
    const auto& sum = sums.at({set.device[row], set.day[row], (set.start[row] - set.day[row]) / hour});
    EXPECT_EQ(votes.named[v], std::max_element(sum.begin(), sum.end()) - sum.begin());
  }
}

TEST(Predictions, say_that_devices_that_were_held_out_are_other) {
  const EvaluationReport report = compared([](auto& options) {
    options.levels = {Level::T2, Level::T5};
    options.held_out = {"plug"};
  });
  for (const Answers& of : report.predictions->answers)
    for (std::size_t i = 0; i < of.size(); ++i) {
      const std::string device = report.devices[report.predictions->rows[of.rows].device[of.row_of(i)]];
      const std::string truth = report.devices[report.predictions->truth_of(of, i)];
      EXPECT_EQ(truth, report.scores[of.score].level == "T5" && device == "plug" ? "other" : device);
    }
}

TEST(Predictions, are_left_out_where_they_are_not_wanted) {
  EXPECT_EQ(compared([](auto& options) { options.predictions = evaluation::Keep::nothing; }).predictions,
            nullptr);
  const auto devices = compared([](auto& options) { options.predictions = evaluation::Keep::devices; });
  for (const Answers& of : devices.predictions->answers) EXPECT_TRUE(of.probabilities.empty());
}

TEST(LinesOfAReport, say_what_each_day_was_for) {
  const EvaluationReport report = compared([](auto& options) { options.lines.test_fraction = 0.25; });
  ASSERT_EQ(report.lines.size(), 3 * 5U);
  for (const evaluation::LineUse& line : report.lines) {
    const auto day = line.day / traffic::day;
    EXPECT_EQ(line.role, day == 0 ? "warm_up" : day == 4 ? "test" : "training");
    EXPECT_EQ(line.begin, line.day);
    EXPECT_GT(line.end, line.begin + hour);
  }
}

/// Of the clean rows that were tested, by seed of the comparison.
std::vector<TestRows> clean_rows(std::uint64_t seed, std::optional<std::uint64_t> split_seed,
                                 std::uint32_t seeds) {
  const EvaluationReport report = compared([&](auto& options) {
    options.levels = {Level::T2};
    options.most_test_rows = 7;  // of 24 a line
    options.seed = seed;
    options.split_seed = split_seed;
    options.seeds = seeds;
  });
  std::vector<TestRows> rows;
  for (const Answers& of : report.predictions->answers)
    if (report.scores[of.score].defence == "none") rows.push_back(report.predictions->rows[of.rows]);
  return rows;
}

TEST(SplitSeed, tests_on_the_same_rows_whatever_the_seed) {
  const auto one = clean_rows(1, 9, 2), other = clean_rows(2, 9, 1);
  ASSERT_EQ(one.size(), 2U);
  EXPECT_EQ(one[0], one[1]);  // both seeds of one comparison
  EXPECT_EQ(one[0], other.at(0));
  EXPECT_FALSE(one[0] == clean_rows(1, 10, 1).at(0));
}

TEST(SplitSeed, that_is_not_given_draws_other_rows_for_each_seed) {
  const auto rows = clean_rows(1, std::nullopt, 2);
  EXPECT_FALSE(rows.at(0) == rows.at(1));
  EXPECT_EQ(rows.at(0).size(), 3 * 2 * 7U);
}

}  // namespace
}  // namespace ipet::comparison
