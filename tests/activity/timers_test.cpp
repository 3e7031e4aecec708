#include "stages/activity/timers.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "tests/activity/seconds.hpp"

namespace ipet::activity {
namespace {

using traffic::Nanoseconds;

constexpr double hour = 3600;

std::vector<double> periods_of(Begins begins) {
  std::ranges::sort(begins);
  const Timers timers(std::span(&begins, 1), {});
  std::vector<double> periods;
  for (const Nanoseconds period : timers.periods()) periods.push_back(static_cast<double>(period) / 1e9);
  return periods;
}

/// Beats every `period` seconds, each moved by up to `jitter`.
void beat(Begins& begins, double first, double period, double jitter, traffic::Random& random) {
  for (double time = first; time < 24 * hour; time += period)
    begins.push_back(at(time + random.uniform(-jitter, jitter)));
}

class TimersOf : public testing::TestWithParam<std::uint64_t> {
 protected:
  traffic::Random random_{traffic::StreamKey(GetParam())};
  testing::ScopedTrace seed_{__FILE__, __LINE__, "seed " + std::to_string(GetParam())};
};

TEST_P(TimersOf, a_device_with_one_are_one) {
  Begins begins;
  beat(begins, 17, 60, 0.1, random_);
  EXPECT_THAT(periods_of(begins), testing::ElementsAre(testing::DoubleNear(60, 0.05)));
}

TEST_P(TimersOf, a_device_with_two_and_with_people_are_two) {
  Begins begins;
  beat(begins, 17, 45.5, 0.1, random_);
  beat(begins, 31, 1'741, 0.1, random_);
  for (int i = 0; i < 40; ++i) begins.push_back(at(random_.uniform(0, 24 * hour)));
  EXPECT_THAT(periods_of(begins),
              testing::ElementsAre(testing::DoubleNear(45.5, 0.05), testing::DoubleNear(1'741, 0.05)));
}

TEST_P(TimersOf, a_device_without_any_are_none) {
  Begins begins;
  for (int i = 0; i < 400; ++i) begins.push_back(at(random_.uniform(0, 24 * hour)));
  EXPECT_THAT(periods_of(begins), testing::ElementsAre());
}

TEST_P(TimersOf, a_busy_device_without_any_are_none) {
  Begins begins;
  for (int i = 0; i < 14'000; ++i) begins.push_back(at(random_.uniform(0, 24 * hour)));
  EXPECT_THAT(periods_of(begins), testing::ElementsAre());
}

TEST_P(TimersOf, a_device_that_loses_beats_begin_with_the_shortest_period) {
  Begins begins;
  beat(begins, 17, 60, 0.1, random_);
  std::erase_if(begins, [&](Nanoseconds) { return random_.uniform() < 0.1; });
  EXPECT_NEAR(periods_of(begins).front(), 60, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimersOf, testing::Range<std::uint64_t>(1, 6));

TEST(Timers, predict_from_what_came_a_period_before) {
  Begins begins;
  for (int i = 0; i < 40; ++i) begins.push_back(at(60 * i));
  const Timers timers(std::span(&begins, 1), {});
  const Begins later = {at(1'000), at(1'060.4), at(1'120.9), at(1'150), at(1'181.3)};
  const std::optional<std::size_t> first = 0, none;
  EXPECT_THAT(timers.which(later, at(1'000)), testing::ElementsAre(first, first, first, none, first));
  EXPECT_THAT(timers.which(later, at(0)), testing::ElementsAre(none, first, first, none, first));
}

}  // namespace
}  // namespace ipet::activity
