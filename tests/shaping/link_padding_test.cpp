#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/padding/ilp.hpp"
#include "tests/shaping/shaping.hpp"

namespace ipet::defence::test {
namespace {

TEST(Ilp, sends_a_cell_each_way_in_every_period_and_fills_it_in_order) {
  Ilp shaper({536, std::chrono::milliseconds(100)});
  const auto cells = run(shaper, {packet(0.03, 100), packet(0.05, 600)}, 0.35);
  const std::vector<Cell> expected = {
      {at(0.1), Direction::out, 536, 536, 0}, {at(0.1), Direction::in, 536, 0, 0},
      {at(0.2), Direction::out, 536, 164, 0}, {at(0.2), Direction::in, 536, 0, 0},
      {at(0.3), Direction::out, 536, 0, 0},   {at(0.3), Direction::in, 536, 0, 0}};
  EXPECT_EQ(cells, expected);
}

TEST(Ilp, looks_the_same_whatever_the_user_does) {
  Ilp busy({536, std::chrono::milliseconds(100)}), idle({536, std::chrono::milliseconds(100)});
  std::vector<DevicePacket> many;
  for (int i = 0; i < 500; ++i)
    many.push_back(packet(1000 + 0.01 * i, 1000, i % 3 == 0 ? Direction::in : Direction::out));
  const auto of_busy = run(busy, many, 1060), of_idle = run(idle, {packet(1000, 1)}, 1060);
  ASSERT_EQ(of_busy.size(), of_idle.size());
  for (std::size_t i = 0; i < of_busy.size(); ++i) {
    ASSERT_EQ(of_busy[i].time, of_idle[i].time);
    ASSERT_EQ(of_busy[i].direction, of_idle[i].direction);
    ASSERT_EQ(of_busy[i].size, of_idle[i].size);
  }
}

TEST(Ilp, begins_anew_after_a_rest) {
  Ilp shaper({536, std::chrono::milliseconds(100)});
  run(shaper, {packet(0.03, 100)}, 0.15);
  shaper.rest();
  Cell cell;
  EXPECT_FALSE(shaper.next(at(1000), cell));
  shaper.arrive(packet(1000.01, 5));
  ASSERT_TRUE(shaper.next(at(1001), cell));
  EXPECT_EQ(cell, (Cell{at(1000.1), Direction::out, 536, 5, 0}));
}

}  // namespace
}  // namespace ipet::defence::test
