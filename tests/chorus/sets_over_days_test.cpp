// Sets, the days on which they change, and lines that nobody imitates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/lines.hpp"

namespace ipet::defence::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// Of a day each: {a, b, c} and {d, e} are best at first, {b, c, d} and {a, e} then. Keeps to a budget of 15
/// either way, until on the third day a sends `a_at_last`.
std::shared_ptr<traffic::Traces> restless(double a_at_last) {
  const auto days = [](double first, double second, double third) {
    Packets packets = steady(first, 0, 1);
    for (const DevicePacket& each : steady(second, 1, 2)) packets.push_back(each);
    for (const DevicePacket& each : steady(third, 2, 3)) packets.push_back(each);
    return packets;
  };
  return home({{"a", days(1, 10, a_at_last)},
               {"b", days(2, 2, 2)},
               {"c", days(3, 3, 3)},
               {"d", days(10, 1, 1)},
               {"e", days(11, 11, 11)}});
}

TEST(Chorus, keeps_its_sets_as_long_as_they_keep_the_budget) {
  Setting setting;
  setting.options.budget = 15;
  setting.options.pool_days = 1;
  setting.resources.pool = restless(10);
  for (const std::int64_t day : {1, 2, 3}) {
    const auto youngest = static_cast<std::uint32_t>(day - 1);
    EXPECT_THAT(sizes_of(setting.line("a", day, day + 1)),
                UnorderedElementsAre(1'000 + youngest, 2'000 + youngest));
  }
  const auto report = Chorus(setting.options).report(setting.resources);
  EXPECT_THAT(report, testing::Not(Contains(HasSubstr("others"))));
  EXPECT_THAT(report, Contains("on average an eavesdropper names the right device with probability at most "
                               "0.40: 2 sets of 5 devices"));
  EXPECT_THAT(report, Contains("an attacker who is to do little better than chance, 0.20, needs one set of "
                               "all devices, which costs up to 26 B/s"));
}

TEST(Chorus, says_what_is_left_of_a_set_for_who_watches_on_all_days) {
  Setting setting;
  setting.options.budget = 15;
  setting.options.pool_days = 1;
  setting.resources.pool = restless(14);
  // b, c and a would cost c 16 now.
  EXPECT_THAT(sizes_of(setting.line("a", 3, 4)), UnorderedElementsAre(4'002));
  const auto report = Chorus(setting.options).report(setting.resources);
  EXPECT_THAT(report, Contains("a: who watches it on all days is left with 1 of the 2 devices of its set, "
                               "since its sets were others before"));
  EXPECT_THAT(report, Contains("b: who watches it on all days is left with 2 of the 3 devices of its set, "
                               "since its sets were others before"));
  EXPECT_THAT(report, Contains("the sets were others on 2 of 2 days, when less was known"));
}

TEST(Chorus, gives_a_new_device_the_set_with_the_least_traffic) {
  Setting setting;  // {1, 1.1, 1.2} costs its members 2.2 in the mean, {2, 2} only 2
  setting.resources.pool = home({{"a", steady(1, 0, 4)},
                                 {"b", steady(1.1, 0, 4)},
                                 {"c", steady(1.2, 0, 4)},
                                 {"d", steady(2, 0, 4)},
                                 {"e", steady(2, 0, 4)}});
  setting.options.budget = 3.5;
  EXPECT_THAT(sizes_of(setting.line("stranger", 1, 2)), UnorderedElementsAre(0, 1'000, 2'000));
  setting.options.budget = 2.4;
  EXPECT_THAT(sizes_of(setting.line("stranger", 1, 2)), UnorderedElementsAre(0, 1'000));
}

TEST(Chorus, never_goes_above_the_budget_on_the_line_of_a_new_device_and_says_so) {
  Setting setting;
  setting.options.budget = 3.5;
  setting.options.without = {"camera", "hub"};
  setting.resources.pool = four_devices({2, 50, 50, 3});
  EXPECT_THAT(sizes_of(setting.line("hub", 1, 2)), UnorderedElementsAre(0));
  EXPECT_THAT(Chorus(setting.options).report(setting.resources),
              Contains("hub: nobody imitates it, since it is left out or the days used have no recordings of "
                       "it; its line carries bulb (2 B/s), as many of a set as the budget allows"));
}

TEST(Chorus, keeps_to_sets_within_a_budget) {
  Setting setting;
  setting.options.budget = 6;  // of {1, 2, 3, 4}: three cost a device at most 5 or more, pairs less
  const auto report = Chorus(setting.options).report(setting.resources);
  EXPECT_THAT(report, Contains(HasSubstr("guessing bound 1/2")));
  EXPECT_EQ(sizes_of(setting.line("hub", 1, 2)).size(), 1U);
  const auto less = Chorus(setting.options).at_intensity(0.5);
  EXPECT_THAT(less->report(setting.resources), Contains(HasSubstr("guessing bound 1/1")));
  EXPECT_THAT(Chorus(setting.options).at_intensity(10)->report(setting.resources),
              Contains(HasSubstr("guessing bound 1/4")));
}

TEST(Chorus, makes_sets_smaller_at_less_intensity_also_without_a_budget) {
  const Setting setting;
  const Chorus chorus(setting.options);
  EXPECT_THAT(chorus.report(setting.resources), Contains(HasSubstr("guessing bound 1/4")));
  EXPECT_THAT(chorus.at_intensity(0.5)->report(setting.resources), Contains(HasSubstr("guessing bound 1/2")));
}

TEST(Chorus, has_no_limit_only_where_none_is_asked_for) {
  Setting setting;
  for (const double budget : {0.0, 100.0}) {
    setting.options.budget = budget;
    // In all 1e-400, which is 0.
    const auto least = Chorus(setting.options).at_intensity(1e-200)->at_intensity(1e-200);
    EXPECT_THAT(least->report(setting.resources), Contains(HasSubstr("guessing bound 1/1"))) << budget;
  }
}

}  // namespace
}  // namespace ipet::defence::test
