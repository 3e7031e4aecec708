#include "stages/pool/pool.hpp"

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

TEST(Pool, copies_no_packets_that_lie_in_one_piece) {
  const auto traces =
      home({{"bulb", {packet(1, 1), packet(3, 3), packet(2, 5, 1)}}, {"lock", {packet(1, 2)}}});
  const Pool pool(traces, 0);
  EXPECT_EQ(pool.packets(0, 0).data(), traces->traces[0].packets.data());
  EXPECT_EQ(pool.packets(0, 1).data(), traces->traces[0].packets.data() + 2);
  EXPECT_THAT(sizes(pool.packets(0, 1)), ElementsAre(5));
}

TEST(Pool, puts_packets_in_order_that_are_not) {
  EXPECT_THAT(sizes(Pool(home({{"bulb", {packet(3, 3), packet(1, 1)}}}), 0).packets(0, 0)),
              ElementsAre(1, 3));
}

TEST(Pool, is_one_for_all_who_ask_for_the_same_recordings_and_days) {
  const auto traces = home({{"bulb", {packet(1, 1)}}}), equal = home({{"bulb", {packet(1, 1)}}});
  const auto pool = Pool::of(traces, 0);
  EXPECT_EQ(Pool::of(traces, 0), pool);
  EXPECT_NE(Pool::of(traces, 1), pool);
  EXPECT_NE(Pool::of(equal, 0), pool);
}

TEST(Pool, is_let_go_with_the_last_who_keeps_it) {
  auto traces = home({{"bulb", {packet(1, 1)}}});
  const std::weak_ptr<const traffic::Traces> watched = traces;
  auto pool = Pool::of(traces, 0);
  traces = nullptr;
  EXPECT_FALSE(watched.expired());
  pool = nullptr;
  EXPECT_TRUE(watched.expired());
}

TEST(Pool, counts_as_recorded_only_times_without_an_hour_of_silence_in_the_whole_home) {
  // 08:00 to 10:00, with 50 minutes of silence, and 20:00 to 22:00.
  const double hour = 3'600;
  const Pool pool(home({{"bulb", {packet(8 * hour, 1), packet(8.5 * hour, 1), packet(20 * hour, 1)}},
                        {"lock",
                         {packet(8.5 * hour + 3'000, 1), packet(10 * hour, 1), packet(21 * hour - 1, 1),
                          packet(22 * hour - 2, 1)}}}),
                  0);
  const PoolDay& day = pool.days().at(0);
  ASSERT_EQ(day.recorded.size(), 2U);
  EXPECT_EQ(day.recorded[0].begin, at(8 * hour));
  EXPECT_EQ(day.recorded[0].end, at(10 * hour));
  EXPECT_EQ(day.recorded[1].begin, at(20 * hour));
  EXPECT_EQ(day.recorded[1].end, at(22 * hour - 2));
  EXPECT_DOUBLE_EQ(day.recorded_seconds(), 4 * hour - 2);
  EXPECT_DOUBLE_EQ(day.recorded_seconds_before(at(12 * hour)), 2 * hour);
  EXPECT_DOUBLE_EQ(day.recorded_seconds_before(at(21 * hour)), 3 * hour);
  EXPECT_TRUE(day.recorded_at(at(9 * hour)));
  EXPECT_FALSE(day.recorded_at(at(15 * hour)));
}

TEST(Pool, of_a_home_that_is_often_silent_for_hours_was_recorded_all_the_time) {
  Packets packets;
  for (int i = 0; i <= 10; ++i) packets.push_back(packet(i * 7200.0, 50));
  const Pool pool(home({{"door", packets}}), 0);
  ASSERT_EQ(pool.days().size(), 1U);
  EXPECT_EQ(pool.days()[0].recorded.size(), 1U);
  EXPECT_DOUBLE_EQ(pool.days()[0].recorded_seconds(), 72'000);
}

}  // namespace
}  // namespace ipet::defence::test
