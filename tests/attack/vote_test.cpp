// Votes: what the answers of several rows come to.
#include "stages/attack/vote.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ipet::attack::test {
namespace {

TEST(Vote, adds_up_logarithms) {
  const std::vector<float> probabilities{0.5F, 0.25F, 0.25F, 0.125F, 0.5F, 0.375F};
  const std::vector<double> scores = Vote().count(probabilities, 3);
  EXPECT_NEAR(scores[0], std::log(0.0625), 1e-6);
  EXPECT_NEAR(scores[1], std::log(0.125), 1e-6);
  EXPECT_NEAR(scores[2], std::log(0.09375), 1e-6);
}

TEST(Vote, lets_no_row_alone_rule_a_class_out) {
  std::vector<float> probabilities{0, 1};
  for (int i = 0; i < 4; ++i) probabilities.insert(probabilities.end(), {0.99F, 0.01F});
  const std::vector<double> scores = Vote().count(probabilities, 2);  // 1e-6 against 1e-8
  EXPECT_GT(scores[0], scores[1]);
  EXPECT_NEAR(Vote().count(std::vector<float>{0, 1}, 2)[0], std::log(1e-6), 1e-9);
}

}  // namespace
}  // namespace ipet::attack::test
