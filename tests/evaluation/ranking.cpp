#include "stages/report/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"

namespace ipet::evaluation {
namespace {

TEST(RankingOfADetector, by_hand) {
  // In order: yes no yes | yes no (equal) | no
  const std::vector<double> likelihood = {0.9, 0.1, 0.7, 0.8, 0.5, 0.5};
  const std::vector<bool> truth = {true, false, true, false, true, false};
  const Ranking ranking = rank(likelihood, truth);
  EXPECT_DOUBLE_EQ(ranking.area_under_curve, (3 + 2 + 1.5) / 9);
  EXPECT_DOUBLE_EQ(ranking.average_precision, (1.0 + 2.0 / 3 + 3.0 / 5) / 3);
  EXPECT_DOUBLE_EQ(ranking.base_rate(), 0.5);
}

TEST(RankingOfADetector, that_knows_nothing_is_a_half_and_the_base_rate) {
  const Ranking ranking = rank(std::vector<double>(10, 0.3),
                               {true, false, false, false, false, false, false, false, false, true});
  EXPECT_DOUBLE_EQ(ranking.area_under_curve, 0.5);
  EXPECT_DOUBLE_EQ(ranking.average_precision, 0.2);
}

TEST(RankingOfADetector, that_knows_all_is_one_and_the_reverse_nothing) {
  const std::vector<bool> truth = {false, true, true, false};
  EXPECT_EQ(rank(std::vector<double>{0, 1, 2, -1}, truth).area_under_curve, 1);
  EXPECT_EQ(rank(std::vector<double>{0, 1, 2, -1}, truth).average_precision, 1);
  EXPECT_EQ(rank(std::vector<double>{2, 1, 0, 3}, truth).area_under_curve, 0);
}

TEST(RankingOfADetector, equals_all_pairs_counted) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    traffic::Random random{traffic::StreamKey(seed)};
    std::vector<double> likelihood;
    std::vector<bool> truth;
    for (int i = 0; i < 60; ++i) {
      likelihood.push_back(static_cast<double>(random.below(20)));
      truth.push_back(random.uniform() < 0.3);
    }
    double won = 0, pairs = 0, precision = 0, positives = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (!truth[i]) continue;
      double as_much = 0, right = 0;
      for (std::size_t j = 0; j < truth.size(); ++j) {
        if (likelihood[j] >= likelihood[i]) ++as_much, right += truth[j] ? 1 : 0;
        if (truth[j]) continue;
        ++pairs;
        won += likelihood[i] > likelihood[j] ? 1 : likelihood[i] == likelihood[j] ? 0.5 : 0;
      }
      precision += right / as_much;
      ++positives;
    }
    const Ranking ranking = rank(likelihood, truth);
    EXPECT_NEAR(ranking.area_under_curve, won / pairs, 1e-12);
    EXPECT_NEAR(ranking.average_precision, precision / positives, 1e-12);
  }
}

TEST(RankingOfADetector, of_one_kind_only_is_unknown) {
  EXPECT_TRUE(std::isnan(rank(std::vector<double>{1, 2}, {true, true}).area_under_curve));
  EXPECT_EQ(rank(std::vector<double>{1, 2}, {true, true}).average_precision, 1);
  EXPECT_TRUE(std::isnan(rank(std::vector<double>{1, 2}, {false, false}).average_precision));
}

TEST(RankingOfADetector, needs_a_number_for_each_answer) {
  EXPECT_THROW(rank(std::vector<double>{1, 2}, {true}), std::invalid_argument);
  EXPECT_THROW(rank(std::vector<double>{std::numeric_limits<double>::quiet_NaN()}, {true}),
               std::invalid_argument);
}

}  // namespace
}  // namespace ipet::evaluation
