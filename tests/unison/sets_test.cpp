// Which lines carry each other's packets: all, those that the owner puts together, or those that a budget
// allows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"
#include "tests/unison/homes.hpp"

namespace ipet::defence::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Sizes on each line, of one packet of each device of a size of its own: 1, 2, 3 ...
std::vector<std::vector<std::uint32_t>> carried(const Unison& unison, const std::vector<std::string>& devices,
                                                const Resources& resources = {}, Nanoseconds from = start) {
  std::vector<LinePacket> user;
  for (std::size_t line = 0; line < devices.size(); ++line)
    user.push_back({line,
                    {from + static_cast<Nanoseconds>(line) * traffic::second,
                     static_cast<std::uint32_t>(line + 1), Direction::out, Protocol::tcp, false}});
  std::vector<std::vector<std::uint32_t>> sizes;
  for (const auto& line : mix_group(unison, lines_of(devices), user, resources).lines) {
    sizes.emplace_back();
    for (const DevicePacket& packet : line) sizes.back().push_back(packet.size);
  }
  return sizes;
}

using Sizes = std::vector<std::uint32_t>;
using Fault = std::pair<std::string, std::string>;  // option and reason

TEST(Sets, are_one_of_all_devices_where_nothing_is_said) {
  EXPECT_THAT(carried(Unison({}), {"bulb", "cam", "door"}),
              ElementsAre(Sizes{1, 2, 3}, Sizes{1, 2, 3}, Sizes{1, 2, 3}));
}

TEST(Sets, of_the_owner_carry_their_members_packets_and_a_device_in_none_its_own) {
  UnisonOptions options;
  options.sets = {{"lock", "bulb"}, {"cam", "door"}};
  EXPECT_THAT(carried(Unison(options), {"bulb", "cam", "door", "hub", "lock"}),
              ElementsAre(Sizes{1, 5}, Sizes{2, 3}, Sizes{2, 3}, Sizes{4}, Sizes{1, 5}));
}

TEST(Sets, of_the_owner_that_name_an_unknown_device_are_refused) {
  UnisonOptions options;
  options.sets = {{"bulb", "camm"}};
  try {
    carried(Unison(options), {"bulb", "cam"});
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "unison: 'sets' names the device 'camm', which is none of those that are to be protected: bulb, "
        "cam");
  }
}

/// Four days of two quiet devices (1 and 2 bytes a second) and two loud ones (1,000 and 1,100).
Resources recorded() {
  std::map<std::string, Packets> devices;
  for (const auto& [name, rate] :
       std::map<std::string, std::uint32_t>{{"bulb", 1}, {"cam", 1'000}, {"door", 1'100}, {"lock", 2}})
    for (std::int64_t day = 0; day < 4; ++day)
      for (int part = 0; part < 96; ++part) devices[name].push_back(packet(900.0 * part, 900 * rate, day));
  return Resources(20).give<traffic::Traces>("pool", home(devices));
}

UnisonOptions budget(double bytes_per_second) {
  UnisonOptions options;
  options.budget = bytes_per_second;
  return options;
}

TEST(Sets, within_a_budget_are_planned_by_what_devices_sent_on_days_before) {
  const Unison unison(budget(10));
  EXPECT_THAT(carried(unison, {"bulb", "cam", "door", "lock"}, recorded(), at(0, 1)),
              ElementsAre(Sizes{1, 4}, Sizes{2}, Sizes{3}, Sizes{1, 4}));
  const Unison larger(budget(3'000));
  EXPECT_THAT(carried(larger, {"bulb", "cam", "door", "lock"}, recorded(), at(0, 1)),
              ElementsAre(Sizes{1, 2, 3, 4}, Sizes{1, 2, 3, 4}, Sizes{1, 2, 3, 4}, Sizes{1, 2, 3, 4}));
}

TEST(Sets, are_one_of_all_devices_until_there_is_a_day_to_plan_by) {
  EXPECT_THAT(carried(Unison(budget(10)), {"bulb", "cam", "door", "lock"}, recorded(), at(0, 0)),
              ElementsAre(Sizes{1, 2, 3, 4}, Sizes{1, 2, 3, 4}, Sizes{1, 2, 3, 4}, Sizes{1, 2, 3, 4}));
}

TEST(Sets, change_at_midnight_on_lines_that_go_on) {
  const Unison unison(budget(10));
  // The last second of day 0, and the first three of day 1.
  EXPECT_THAT(carried(unison, {"bulb", "cam", "door", "lock"}, recorded(), at(day_seconds - 1, 0)),
              ElementsAre(Sizes{1, 4}, Sizes{1, 2}, Sizes{1, 3}, Sizes{1, 4}));
}

TEST(Sets, take_a_device_without_a_past_into_the_quietest_of_several) {
  EXPECT_THAT(carried(Unison(budget(10)), {"bulb", "cam", "door", "lock", "new"}, recorded(), at(0, 1)),
              ElementsAre(Sizes{1, 4, 5}, Sizes{2}, Sizes{3}, Sizes{1, 4, 5}, Sizes{1, 4, 5}));
}

TEST(Sets, within_a_budget_need_recordings) {
  try {
    Unison(budget(10)).check(Resources(20));
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "the defence 'unison' plans sets within its 'budget' by what devices sent on past days: connect "
        "the input 'pool', or name the 'sets'");
  }
}

TEST(Sets, are_told_with_what_each_costs) {
  const auto lines = Unison(budget(10)).report(recorded());
  ASSERT_GE(lines.size(), 3U);
  EXPECT_EQ(lines[0], "set 1: bulb (2 B/s), lock (1 B/s); a blind guess within it: 1/2");
  EXPECT_THAT(lines, testing::Contains(HasSubstr("cam: no device shares a set with it within 10 B/s")));
}

TEST(UnisonOptions, are_at_fault_where_sets_name_a_device_twice_or_alone) {
  UnisonOptions options;
  EXPECT_EQ(options.fault(), Fault());
  options.sets = {{"cam", "hub"}, {"lock", "hub"}};
  EXPECT_EQ(options.fault(), Fault("sets", "device 'hub' stands there twice: a line belongs to one set"));
  options.sets = {{"cam"}, {"hub"}};  // what ["cam", "hub"] reads as
  EXPECT_EQ(options.fault(),
            Fault("sets",
                  "a set of one device protects nothing: write sets as [[\"cam-1\", \"cam-2\"], [\"bulb\", "
                  "\"lock\"]]"));
}

TEST(UnisonOptions, are_at_fault_where_a_budget_would_have_no_effect) {
  UnisonOptions options;
  options.sets = {{"cam", "hub"}};
  options.budget = 100;
  EXPECT_EQ(
      options.fault(),
      Fault("budget", "has no effect beside 'sets' but with transfers = \"alone\": leave one of them out"));
  options.transfers = Transfers::alone;
  EXPECT_EQ(options.fault(), Fault());
}

TEST(UnisonOptions, are_at_fault_where_transfers_are_beyond_no_budget) {
  UnisonOptions options;
  options.transfers = Transfers::alone;
  EXPECT_EQ(options.fault().first, "transfers");
  options.budget = 1;
  EXPECT_EQ(options.fault().first, "");
}

}  // namespace
}  // namespace ipet::defence::test
