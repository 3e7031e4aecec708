// What speaks in the place of a device that is off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/lines.hpp"

namespace ipet::defence::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Chorus, stands_in_for_a_device_that_is_off_until_it_speaks) {
  Setting setting;  // silent for 1,000 s at most, but for 1,400 s around midnight
  const Nanoseconds longest = at(200, 1) - at(85'200);
  setting.options.stand_in = 2;
  const Packets sent = setting.line("hub", 2, 4, {packet(300, 1, 2), packet(40'000, 1, 2)});
  Packets own;
  for (const DevicePacket& each : sent)
    if (each.dummy && each.size / 1'000 == 2) own.push_back(each);
  ASSERT_FALSE(own.empty());
  EXPECT_EQ(own.front().time, at(300, 2) + 2 * longest);
  const auto again = std::ranges::upper_bound(own, at(40'000, 2), {}, &DevicePacket::time);
  ASSERT_NE(again, own.end());
  EXPECT_EQ(again->time, at(40'000, 2) + 2 * longest);
  // Over midnight it goes on, with another day.
  EXPECT_THAT(sizes_of(own), ElementsAre(2'001, 2'002));
  setting.options.stand_in = 0;
  EXPECT_THAT(sizes_of(setting.line("hub", 2, 3)), UnorderedElementsAre(1, 1'001, 3'001));
}

/// When something begins to stand in for the hub, whose only packet is at this time of day 2.
Packets in_place_of_the_hub(const Setting& setting, double seconds, std::int64_t until = 3) {
  Packets own;
  for (const DevicePacket& each : setting.line("hub", 2, until, {packet(seconds, 1, 2)}))
    if (each.dummy && each.size / 1'000 == 1) own.push_back(each);
  return own;
}

TEST(StandIn, never_comes_where_that_is_beyond_the_end_of_time) {
  Setting setting;
  for (const double times : {6e6, 1e12}) {
    setting.options.stand_in = times;
    EXPECT_THAT(setting.line("hub", 2, 3), testing::SizeIs(3 * 24)) << times;
  }
}

TEST(StandIn, does_not_wait_for_as_long_as_the_device_was_not_there_yet) {
  Setting setting;
  setting.options.stand_in = 2;
  Packets late = steady(3, 0, 2);
  std::erase_if(late, [](const DevicePacket& each) { return each.time < at(40'000); });
  setting.pool(home({{"bulb", steady(1, 0, 2)}, {"hub", late}}));
  const Packets own = in_place_of_the_hub(setting, 300);
  ASSERT_FALSE(own.empty());
  EXPECT_EQ(own.front().time, at(300 + 2 * 1'400, 2));  // around midnight
}

TEST(StandIn, does_not_wait_for_as_long_as_an_outage_was) {
  Setting setting;
  setting.options.stand_in = 2;
  const auto outage = [](Packets packets) {
    std::erase_if(packets,
                  [](const DevicePacket& each) { return each.time > at(20'300) && each.time < at(60'000); });
    return packets;
  };
  setting.pool(home({{"bulb", outage(steady(1, 0, 2))}, {"hub", outage(steady(3, 0, 2))}}));
  const Packets own = in_place_of_the_hub(setting, 300);
  ASSERT_FALSE(own.empty());
  EXPECT_EQ(own.front().time, at(300 + 2 * 1'400, 2));
}

TEST(StandIn, comes_in_time_order_where_the_new_day_has_less_patience) {
  Setting setting;
  setting.options.stand_in = 3;
  setting.options.pool_days = 1;
  Packets rare = steady(3, 0, 3);  // on day 1 silent for 30,000 s, on day 2 for 1,000
  std::erase_if(
      rare, [](const DevicePacket& each) { return each.time > at(20'300, 1) && each.time < at(50'000, 1); });
  setting.pool(home({{"bulb", steady(1, 0, 3)}, {"hub", rare}}));
  const Packets own = in_place_of_the_hub(setting, 5'000, 4);
  ASSERT_FALSE(own.empty());
  EXPECT_EQ(own.front().time, at(0, 3));
  EXPECT_TRUE(
      std::ranges::is_sorted(setting.line("hub", 2, 4, {packet(5'000, 1, 2)}), {}, &DevicePacket::time));
}

TEST(StandIn, does_not_come_where_the_device_shares_its_line_with_nobody) {
  Setting setting;
  setting.options.stand_in = 2;
  setting.pool(four_devices({1, 2, 90, 3}));
  setting.options.budget = 50;
  EXPECT_THAT(setting.line("hub", 2, 3), IsEmpty());
}

}  // namespace
}  // namespace ipet::defence::test
