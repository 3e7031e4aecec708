// Devices that come late, and what of the pool is used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/imitation/replay.hpp"
#include "tests/chorus/lines.hpp"

namespace ipet::defence::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// The days that were used for a device on the last line that was asked for.
std::vector<std::size_t> days_used(const Setting& setting, std::size_t device) {
  std::vector<std::size_t> days;
  for (const Imitation& asked : setting.parrot->asked)
    if (asked.device == device) days = asked.days;
  return days;
}

TEST(Chorus, imitates_the_last_week_unless_told_otherwise) {
  Setting setting;
  setting.pool(home({{"bulb", steady(1, 0, 10)}, {"hub", steady(2, 0, 10)}}));
  static_cast<void>(setting.line("hub", 9, 10));
  EXPECT_THAT(days_used(setting, 0), ElementsAre(2, 3, 4, 5, 6, 7, 8));
  setting.options.pool_days = 0;
  static_cast<void>(setting.line("hub", 9, 10));
  EXPECT_THAT(days_used(setting, 0), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(Chorus, imitates_and_plans_a_late_device_by_the_days_since_it_came) {
  Setting setting;
  setting.pool(home({{"bulb", steady(1, 0, 4)}, {"hub", steady(20, 2, 4)}}));
  static_cast<void>(setting.line("bulb", 3, 4));
  EXPECT_THAT(days_used(setting, 1), ElementsAre(2));
  // Of days 2 and 3; over all four days it would be half of that.
  EXPECT_THAT(Chorus(setting.options).report(setting.resources), Contains(HasSubstr("bulb (20 B/s)")));
}

TEST(Chorus, treats_a_device_as_new_on_its_first_day) {
  Setting setting;
  setting.pool(home({{"bulb", steady(1, 0, 4)}, {"camera", steady(2, 0, 4)}, {"hub", steady(3, 2, 4)}}));
  EXPECT_THAT(sizes_of(setting.line("bulb", 2, 3)), UnorderedElementsAre(1'001));
  EXPECT_THAT(sizes_of(setting.line("hub", 2, 3)), UnorderedElementsAre(1, 1'001));
  EXPECT_THAT(sizes_of(setting.line("bulb", 3, 4)), UnorderedElementsAre(1'002, 2'002));
  EXPECT_THAT(sizes_of(setting.line("hub", 3, 4)), UnorderedElementsAre(2, 1'002));
}

TEST(Chorus, sends_the_same_whatever_is_recorded_later) {
  Setting setting;
  setting.options.imitator = std::make_shared<Replay>(ReplayOptions());
  setting.options.budget = 7;
  setting.options.stand_in = 2;
  const auto on_day_2 = [&](std::int64_t recorded, bool more) {
    std::map<std::string, Packets> devices = {{"bulb", steady(1, 0, recorded)},
                                              {"camera", steady(2, 0, recorded)},
                                              {"hub", steady(3, 0, recorded)},
                                              {"lock", steady(4, 0, recorded)}};
    if (more) {
      devices["new"] = steady(0.5, 3, recorded);
      devices["lock"].back().time += 1;  // a nanosecond
      devices["bulb"].back().size = 1'000'000;
    }
    setting.pool(home(devices));
    std::vector<Packets> lines;
    for (const char* device : {"bulb", "camera", "hub", "lock", "stranger"})
      lines.push_back(setting.line(device, 2, 3));
    return lines;
  };
  const auto lines = on_day_2(2, false);
  EXPECT_GT(lines[0].size(), 50U);
  EXPECT_EQ(on_day_2(5, true), lines);
}

TEST(Chorus, plans_with_what_goes_out_where_there_is_no_relay) {
  Setting setting;
  Packets both = steady(1, 0, 2);
  for (const DevicePacket& in : steady(50, 0, 2, Direction::in)) both.push_back(in);
  setting.pool(home({{"bulb", both}, {"hub", both}}));
  EXPECT_THAT(Chorus(setting.options).report(setting.resources), Contains(HasSubstr("bulb (52 B/s)")));
  setting.options.relay = false;
  EXPECT_THAT(Chorus(setting.options).report(setting.resources), Contains(HasSubstr("bulb (1 B/s)")));
}

}  // namespace
}  // namespace ipet::defence::test
