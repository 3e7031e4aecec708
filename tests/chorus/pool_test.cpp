#include "stages/defence/pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

using testing::ElementsAre;

std::vector<std::uint32_t> sizes(std::span<const DevicePacket> packets) {
  std::vector<std::uint32_t> sizes;
  for (const DevicePacket& each : packets) sizes.push_back(each.size);
  return sizes;
}

TEST(Pool, puts_packets_under_their_device_and_day_and_leaves_dummies_out) {
  DevicePacket dummy = packet(10, 99);
  dummy.dummy = true;
  const Pool pool(home({{"bulb", {packet(5, 1), dummy, packet(7, 2, 2)}}, {"lock", {packet(86'399, 3)}}}), 0);
  EXPECT_THAT(pool.devices(), ElementsAre("bulb", "lock"));
  ASSERT_EQ(pool.days().size(), 2U);
  EXPECT_EQ(pool.days()[0].number, first_day);
  EXPECT_EQ(pool.days()[1].number, first_day + 2);
  EXPECT_EQ(pool.days()[0].begin, at(5));
  EXPECT_EQ(pool.days()[0].end, at(86'399));
  EXPECT_THAT(sizes(pool.packets(0, 0)), ElementsAre(1));
  EXPECT_THAT(sizes(pool.packets(0, 1)), ElementsAre(2));
  EXPECT_THAT(sizes(pool.packets(1, 0)), ElementsAre(3));
  EXPECT_THAT(sizes(pool.packets(1, 1)), ElementsAre());
}

TEST(Pool, begins_days_at_the_given_hour) {
  const Pool pool(home({{"bulb", {packet(3'599, 1), packet(3'600, 2)}}}), 1);
  ASSERT_EQ(pool.days().size(), 2U);
  EXPECT_EQ(pool.days()[0].number, first_day - 1);
  EXPECT_THAT(sizes(pool.packets(0, 1)), ElementsAre(2));
}

TEST(Pool, merges_captures_in_time_order) {
  const auto traces = home({{"bulb", {packet(1, 1), packet(3, 3)}}});
  traces->captures.push_back("other");
  traces->traces.push_back({0, 1, true, {packet(2, 2), packet(4, 4)}});
  EXPECT_THAT(sizes(Pool(traces, 0).packets(0, 0)), ElementsAre(1, 2, 3, 4));
}

TEST(Pool, tells_whether_recording_went_on_from_the_day_before) {
  // Day 1 follows day 0 without a pause; before day 2 nobody recorded for hours; day 3 is missing.
  const Pool pool(home({{"hub",
                         {packet(70'000, 1), packet(86'300, 1), packet(200, 1, 1), packet(70'000, 1, 1),
                          packet(500, 1, 2), packet(86'390, 1, 2), packet(5, 1, 4)}}}),
                  0);
  std::vector<bool> continues;
  for (const PoolDay& day : pool.days()) continues.push_back(day.continues);
  EXPECT_THAT(continues, ElementsAre(false, true, false, false));
}

}  // namespace
}  // namespace ipet::defence::test
