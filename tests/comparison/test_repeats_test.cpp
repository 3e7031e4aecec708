// Scores over many defended copies of the test lines.
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

evaluation::EvaluationReport tested(std::uint32_t test_repeats, std::uint32_t seeds = 1) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 33, 300}}, 5));
  in.defences = {{"noise", std::make_shared<RandomDummies>(0.2)}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T1, Level::T2, Level::T4};
  options.test_repeats = test_repeats;
  options.seeds = seeds;
  fingerprint::Observer observer;
  return compare(in, options, observer).report;
}

TEST(TestRepeats, give_a_mean_over_as_many_copies_and_how_they_scatter) {
  const auto one = tested(1), many = tested(20);
  const auto* first = find(one, "noise", "own", "T2", "nearest mean");
  const auto* mean = find(many, "noise", "own", "T2", "nearest mean");
  ASSERT_TRUE(first != nullptr && mean != nullptr);
  EXPECT_EQ(first->seeds, 1U);
  EXPECT_TRUE(std::isnan(first->macro_f1_deviation));
  EXPECT_EQ(mean->seeds, 20U);
  EXPECT_EQ(mean->windows, first->windows);
  EXPECT_GT(mean->macro_f1_deviation, 0.001);
  EXPECT_LT(mean->macro_f1_deviation, 0.2);
  // The first copy is the one that there was before.
  EXPECT_NE(mean->macro_f1, first->macro_f1);
  EXPECT_NEAR(mean->macro_f1, first->macro_f1, 4 * mean->macro_f1_deviation);
}

TEST(TestRepeats, count_with_each_seed_of_the_comparison) {
  const auto report = tested(3, 2);
  EXPECT_EQ(find(report, "noise", "own", "T2", "nearest mean")->seeds, 6U);
  EXPECT_EQ(find(report, "noise", "own", "T4", "nearest mean, vote 60 min")->seeds, 6U);
}

TEST(TestRepeats, are_one_where_all_copies_are_the_same) {
  EXPECT_EQ(find(tested(20), "none", "own", "T2", "nearest mean")->seeds, 1U);
}

TEST(TestRepeats, keep_the_answers_about_the_first_copy_and_its_costs) {
  const auto one = tested(1), many = tested(3);
  ASSERT_NE(many.predictions, nullptr);
  EXPECT_EQ(many.predictions->rows, one.predictions->rows);
  ASSERT_EQ(many.predictions->answers.size(), one.predictions->answers.size());
  for (std::size_t i = 0; i < one.predictions->answers.size(); ++i) {
    EXPECT_EQ(many.predictions->answers[i].named, one.predictions->answers[i].named) << i;
    EXPECT_EQ(many.predictions->answers[i].row, one.predictions->answers[i].row) << i;
    EXPECT_EQ(many.predictions->answers[i].probabilities, one.predictions->answers[i].probabilities) << i;
  }
  EXPECT_DOUBLE_EQ(many.costs[1].wire_bytes_per_second, one.costs[1].wire_bytes_per_second);
}

}  // namespace
}  // namespace ipet::comparison
