// Which beats on a line follow each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/attack/device_clocks.hpp"
#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

const Clock exact{0, 60 * s, 10 * millisecond, {}}, vague{0, 60 * s, 500 * millisecond, {}};

std::size_t trains_of(const Clock& clock, const std::vector<Nanoseconds>& times) {
  BeatTrains trains(clock);
  for (const Nanoseconds time : times) trains.beat(time);
  return trains.trains().size();
}

TEST(BeatTrains, follow_a_clock_that_drifts_on_the_line) {
  // 5 ms a beat: after 200 beats it is a second from where the learned period says.
  BeatTrains trains(exact);
  for (int i = 0; i <= 200; ++i) trains.beat(noon + i * (60 * s + 5 * millisecond));
  ASSERT_EQ(trains.trains().size(), 1U);
  EXPECT_EQ(trains.trains()[0].beats, 201U);
}

TEST(BeatTrains, go_on_after_an_outage_with_the_period_of_the_line_and_not_with_another_phase) {
  std::vector<Nanoseconds> times;
  const Nanoseconds period = 60 * s + 5 * millisecond;
  for (int i = 0; i <= 120; ++i) times.push_back(noon + i * period);
  std::vector<Nanoseconds> goes_on = times, begins_anew = times;
  goes_on.push_back(noon + 145 * period);
  begins_anew.push_back(noon + 145 * period + 20 * s);
  EXPECT_EQ(trains_of(exact, goes_on), 1U);
  EXPECT_EQ(trains_of(exact, begins_anew), 2U);
}

TEST(BeatTrains, do_not_follow_an_inexact_clock_over_an_outage_that_chance_could_bridge) {
  std::vector<Nanoseconds> times;
  for (int i = 0; i <= 120; ++i) times.push_back(noon + i * minute);
  times.push_back(noon + 123 * minute);
  EXPECT_EQ(trains_of(vague, times), 1U);
  times.back() = noon + 130 * minute;
  EXPECT_EQ(trains_of(vague, times), 2U);
}

TEST(BeatTrains, follow_a_device_that_counts_from_a_late_answer) {
  const auto with = [](Nanoseconds late) {
    std::vector<Nanoseconds> times;
    for (int i = 0; i < 10; ++i) times.push_back(noon + i * minute + (i < 5 ? 0 : late));
    return trains_of(exact, times);
  };
  EXPECT_EQ(with(900 * millisecond), 1U);
  EXPECT_EQ(with(1100 * millisecond), 2U) << "later than a sixtieth of a period";
  EXPECT_EQ(with(-900 * millisecond), 2U) << "nothing answers early";
}

TEST(BeatTrains, are_sixty_four_at_most_and_the_longest_stays) {
  BeatTrains trains(exact);
  for (int i = 0; i < 3; ++i) trains.beat(noon + i * minute);
  for (int i = 0; i < 1000; ++i) trains.beat(noon + 2 * minute + (i + 1) * 23 * millisecond);
  EXPECT_EQ(trains.trains().size(), 64U);
  EXPECT_EQ(trains.beat(noon + 3 * minute).beats, 4U);
}

TEST(BeatTrains, end_when_nothing_can_go_on_with_them) {
  BeatTrains trains(exact);
  trains.beat(noon);
  trains.turn(noon + 5 * minute);
  EXPECT_EQ(trains.trains().size(), 1U);
  trains.turn(noon + 60 * minute);
  EXPECT_EQ(trains.trains().size(), 0U);
}

}  // namespace
}  // namespace ipet::attack::test
