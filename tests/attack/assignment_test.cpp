#include "stages/attack/assignment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipet::attack {
namespace {

double sum_of(const std::vector<double>& scores, std::size_t devices, const std::vector<std::size_t>& found) {
  double sum = 0;
  for (std::size_t line = 0; line < found.size(); ++line) sum += scores[line * devices + found[line]];
  return sum;
}

/// By trying all.
double greatest_sum(const std::vector<double>& scores, std::size_t lines, std::size_t devices) {
  std::vector<std::size_t> order(devices);
  std::iota(order.begin(), order.end(), std::size_t{0});
  double greatest = -1e300;
  do {
    greatest = std::max(
        greatest,
        sum_of(scores, devices, {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(lines)}));
  } while (std::ranges::next_permutation(order).found);
  return greatest;
}

class OneToOne : public testing::TestWithParam<std::uint64_t> {};

TEST_P(OneToOne, has_the_greatest_sum_of_all_and_uses_each_device_once) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  traffic::Random random{traffic::StreamKey(GetParam())};
  for (const std::size_t devices : {1U, 2U, 5U, 7U})
    for (std::size_t lines = 1; lines <= devices; ++lines) {
      std::vector<double> scores;
      for (std::size_t i = 0; i < lines * devices; ++i)
        scores.push_back(GetParam() % 2 == 0 ? random.uniform(-30, 0)
                                             : -static_cast<double>(random.below(4)));
      const auto found = one_to_one(scores, devices, traffic::StreamKey(1));
      EXPECT_NEAR(sum_of(scores, devices, found), greatest_sum(scores, lines, devices), 1e-9);
      auto sorted = found;
      std::ranges::sort(sorted);
      EXPECT_EQ(std::ranges::adjacent_find(sorted), sorted.end());
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, OneToOne, testing::Range<std::uint64_t>(1, 9));

TEST(OneToOneOfEqualScores, is_a_matter_of_chance) {
  constexpr std::size_t devices = 4, keys = 4'000;
  std::vector<std::size_t> right(devices);
  for (std::uint64_t key = 0; key < keys; ++key) {
    const auto found =
        one_to_one(std::vector<double>(devices * devices, -2), devices, traffic::StreamKey(key));
    for (std::size_t line = 0; line < devices; ++line) right[line] += found[line] == line ? 1 : 0;
  }
  // A quarter of 4,000, to five standard deviations.
  EXPECT_THAT(right, testing::Each(testing::AllOf(testing::Gt(1'000 - 137), testing::Lt(1'000 + 137))));
}

TEST(OneToOneOfAHome, refuses_more_lines_than_devices_and_what_is_no_number) {
  EXPECT_THROW(one_to_one(std::vector<double>(6), 2, traffic::StreamKey(1)), std::invalid_argument);
  EXPECT_THROW(one_to_one(std::vector<double>(3), 2, traffic::StreamKey(1)), std::invalid_argument);
  EXPECT_THROW(one_to_one(std::vector<double>{0, std::log(0.0)}, 2, traffic::StreamKey(1)),
               std::invalid_argument);
}

}  // namespace
}  // namespace ipet::attack
