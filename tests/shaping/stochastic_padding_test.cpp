#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/padding/stp.hpp"
#include "tests/shaping/shaping.hpp"

namespace ipet::defence::test {
namespace {

/// Two cells of 500 bytes each way in a period of 10 s.
StpOptions small(double probability) {
  return {std::chrono::seconds(10), 100, 500, probability};
}

TEST(Stp, lets_user_data_wait_for_the_next_period_and_pads_that_throughout) {
  Stp shaper(small(0), traffic::StreamKey(1));
  const auto cells = run(shaper, {packet(3, 700), packet(12, 10, Direction::in)}, 45);
  const std::vector<Cell> expected = {{at(10), Direction::out, 500, 500, 0},
                                      {at(10), Direction::in, 500, 0, 0},
                                      {at(15), Direction::out, 500, 200, 0},
                                      {at(15), Direction::in, 500, 10, 0}};
  EXPECT_EQ(cells, expected);
}

TEST(Stp, pads_other_periods_with_the_given_probability) {
  const std::uint64_t seed = 20;
  Stp shaper(small(0.1), traffic::StreamKey(seed));
  std::set<Nanoseconds> padded;
  const auto cells = run(shaper, {packet(3, 1)}, 200'010);
  for (const Cell& cell : cells) padded.insert(period_begin(cell.time, 10 * traffic::second));
  EXPECT_EQ(cells.size(), 4 * padded.size());
  EXPECT_NEAR(static_cast<double>(padded.size()) / 20'000, 0.1, 4 * std::sqrt(0.09 / 20'000))
      << "seed " << seed;
}

TEST(StpCover, tops_a_period_with_user_data_up_to_the_rate) {
  StpCover cover(small(0), traffic::StreamKey(1));
  // From 2 s on there is one time left each way, 5 s; 400 bytes have gone out by then, of 1000 that are due.
  const auto dummies = run(cover, {packet(2, 400), packet(31, 1, Direction::in)}, 60);
  const std::vector<DevicePacket> expected = {{at(5), 500, Direction::out, Protocol::udp, true},
                                              {at(5), 500, Direction::in, Protocol::udp, true},
                                              {at(35), 500, Direction::out, Protocol::udp, true},
                                              {at(35), 500, Direction::in, Protocol::udp, true}};
  EXPECT_EQ(dummies, expected);
}

TEST(StpCover, sends_nothing_where_the_user_sends_enough) {
  StpCover cover(small(0), traffic::StreamKey(1));
  const auto dummies = run(cover, {packet(2, 700), packet(3, 1'200, Direction::in)}, 10);
  EXPECT_EQ(dummies, (std::vector<DevicePacket>{{at(5), 300, Direction::out, Protocol::udp, true}}));
}

TEST(StpCover, pads_whole_periods_by_chance) {
  StpCover cover(small(1), traffic::StreamKey(1));
  const auto dummies = run(cover, {packet(19, 100)}, 40);
  // The first period begins with its user packet: the times before it have gone unused.
  EXPECT_THAT(dummies, testing::SizeIs(testing::Ge(8U)));
  EXPECT_EQ(dummies.back(), (DevicePacket{at(35), 500, Direction::in, Protocol::udp, true}));
}

}  // namespace
}  // namespace ipet::defence::test
