// Whom a line carries, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/imitation/replay.hpp"
#include "tests/chorus/lines.hpp"

namespace ipet::defence::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Chorus, imitates_every_other_device_as_long_as_the_line_is_up) {
  const Setting setting;
  const Packets sent = setting.line("hub", 2, 3);
  EXPECT_EQ(sent.size(), 3U * 24);
  EXPECT_THAT(sizes_of(sent), UnorderedElementsAre(1, 1'001, 3'001));
  EXPECT_TRUE(std::ranges::is_sorted(sent, {}, &DevicePacket::time));
  EXPECT_EQ(sent.front().time, at(0, 2));
}

TEST(Chorus, leaves_user_packets_as_and_when_they_are) {
  const Setting setting;
  Packets user;
  Random random(7);
  double time = 0;
  while ((time += random.exponential(400)) < day_seconds)
    user.push_back(packet(time, static_cast<std::uint32_t>(random.below(1'400)), 2));
  Packets kept;
  for (const DevicePacket& each : setting.line("hub", 2, 3, user))
    if (!each.dummy) kept.push_back(each);
  EXPECT_EQ(kept, user);
}

TEST(Chorus, uses_only_days_before_that_of_the_line_and_rolls_on_at_midnight) {
  const Setting setting;
  static_cast<void>(setting.line("hub", 1, 4));
  std::vector<std::vector<std::size_t>> days;
  for (const Imitation& asked : setting.parrot->asked)
    if (asked.device == 0) days.push_back(asked.days);
  EXPECT_THAT(days, ElementsAre(ElementsAre(0), ElementsAre(0, 1), ElementsAre(0, 1, 2)));
  EXPECT_EQ(setting.parrot->asked.front().begin, at(0, 1));
  EXPECT_EQ(setting.parrot->asked.front().end, at(0, 2));
}

TEST(Chorus, has_nothing_to_send_on_the_first_day_and_says_when_it_has) {
  const Setting setting;
  EXPECT_THAT(setting.line("hub", 0, 1), IsEmpty());
  EXPECT_EQ(Chorus(setting.options).ready_from(setting.resources), at(0, 1));
  EXPECT_EQ(setting.line("hub", 0, 2).front().time, at(0, 1));
}

TEST(Chorus, takes_days_of_a_certain_age_for_measuring_drift) {
  Setting setting;
  setting.options.pool_age_days = 2;
  setting.options.pool_days = 1;
  EXPECT_EQ(Chorus(setting.options).ready_from(setting.resources), at(0, 2));
  EXPECT_THAT(setting.line("hub", 1, 2), IsEmpty());
  static_cast<void>(setting.line("hub", 3, 4));
  EXPECT_THAT(setting.parrot->asked.back().days, ElementsAre(1));
}

TEST(Chorus, takes_any_day_but_its_own_where_it_need_not_be_causal) {
  Setting setting;
  setting.options.causal = false;
  static_cast<void>(setting.line("hub", 1, 2));
  EXPECT_THAT(setting.parrot->asked.back().days, ElementsAre(0, 2, 3));
  setting.options.only_days = {1, 2};
  static_cast<void>(setting.line("hub", 1, 2));
  EXPECT_THAT(setting.parrot->asked.back().days, ElementsAre(2));
}

TEST(Chorus, does_not_imitate_a_device_without_a_pool_but_covers_its_line) {
  Setting setting;
  setting.options.without = {"hub"};
  EXPECT_THAT(sizes_of(setting.line("bulb", 1, 2)), UnorderedElementsAre(1'000, 3'000));
  EXPECT_THAT(sizes_of(setting.line("hub", 1, 2)), UnorderedElementsAre(0, 1'000, 3'000));
  EXPECT_THAT(sizes_of(setting.line("stranger", 1, 2)), UnorderedElementsAre(0, 1'000, 3'000));
  EXPECT_THAT(Chorus(setting.options).report(setting.resources),
              Contains(HasSubstr("hub: nobody imitates it")));
}

TEST(Chorus, begins_with_the_first_user_packet_where_the_line_is_not_known) {
  const Setting setting;
  const Chorus chorus(setting.options);
  const auto schedule = chorus.schedule(setting.resources, {"hub", 0, {}});
  DevicePacket dummy;
  EXPECT_FALSE(schedule->next(at(0, 2), dummy));
  schedule->user_packet(packet(500, 1, 2));
  ASSERT_TRUE(schedule->next(at(600, 2), dummy));
  EXPECT_EQ(dummy.time, at(500, 2));
}

TEST(Chorus, draws_other_numbers_for_every_line_day_capture_seed_and_voice) {
  Setting setting;
  static_cast<void>(setting.line("hub", 1, 3));
  static_cast<void>(setting.line("bulb", 1, 3));
  static_cast<void>(setting.line("hub", 1, 3, {}, 5));
  setting.resources.seed = 21;
  static_cast<void>(setting.line("hub", 1, 3));
  std::set<std::uint64_t> keys;
  for (const Imitation& asked : setting.parrot->asked) keys.insert(asked.key.word());
  EXPECT_EQ(keys.size(), 4U * 2 * 3);
}

TEST(Chorus, sends_the_same_for_the_same_seed_however_it_is_asked) {
  Setting setting;
  setting.options.imitator = std::make_shared<Replay>(ReplayOptions());
  Packets user;
  for (int i = 0; i < 800; ++i) user.push_back(packet(100.0 * i, 10, 1));
  const Packets once = setting.line("hub", 1, 3);
  Packets cover;
  for (const DevicePacket& each : setting.line("hub", 1, 3, user))
    if (each.dummy) cover.push_back(each);
  EXPECT_FALSE(once.empty());
  EXPECT_EQ(cover, once);
}

TEST(Chorus, sends_at_times_as_fine_as_the_pools) {
  Setting setting;
  ReplayOptions options;
  options.wobble = 0.0123456789;
  setting.options.imitator = std::make_shared<Replay>(options);
  Packets odd = {packet(3, 1), packet(5, 1)};
  for (int i = 0; i < 1'000; ++i) odd.push_back(packet(50.0 * i + 7, 9));
  for (const Nanoseconds resolution : {1'000'000, 1'000}) {
    odd[1].time = at(5) + resolution;
    setting.pool(home({{"bulb", odd}, {"hub", odd}}));
    const Packets sent = setting.line("hub", 1, 2);
    EXPECT_GT(sent.size(), 900U);
    bool finer = false;
    for (const DevicePacket& each : sent) {
      EXPECT_EQ(each.time % resolution, 0);
      finer = finer || each.time % 1'000'000 != 0;
    }
    EXPECT_EQ(finer, resolution < 1'000'000);
  }
}

TEST(Chorus, names_what_is_missing_or_wrong) {
  Setting setting;
  setting.options.without = {"toaster"};
  EXPECT_EQ(error_of(setting),
            "chorus: the pool has no device 'toaster' to leave out; it has bulb, camera, hub, lock");
  setting.options.without = {"bulb", "camera", "hub"};
  EXPECT_THAT(error_of(setting), HasSubstr("recordings of at least two protected devices"));
  setting.options.without = {};
  setting.options.only_days = {4};
  EXPECT_THAT(error_of(setting), HasSubstr("only_days names day 4, but the pool has 4 days"));
  setting.options.only_days = {};
  setting.options.budget = 1;
  EXPECT_THAT(error_of(setting), HasSubstr("no set of 2 devices keeps the budget of 1 bytes/s"));
  setting.options.budget = 0;
  setting.pool(nullptr);
  EXPECT_THAT(error_of(setting), HasSubstr("the input 'pool' has none"));
  setting.options.imitator = nullptr;
  EXPECT_EQ(error_of(setting), "chorus needs an imitator");
}

}  // namespace
}  // namespace ipet::defence::test
