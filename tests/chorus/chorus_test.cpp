#include "stages/defence/chorus.hpp"

#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/defence/mixer.hpp"
#include "stages/defence/replay.hpp"
#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Sends one packet an hour whose size is 1000 x device + the youngest day it may use, and notes what was
/// asked.
class Parrot final : public Imitator {
 public:
  class ParrotVoice final : public Voice {
   public:
    explicit ParrotVoice(const Imitation& imitation)
        : size_(static_cast<std::uint32_t>(1'000 * imitation.device + imitation.days.back())),
          time_(imitation.begin),
          end_(imitation.end) {}
    bool next(Nanoseconds until, DevicePacket& packet) override {
      if (time_ >= std::min(until, end_)) return false;
      packet = {time_, size_, Direction::in, Protocol::udp, true};
      time_ += 3'600 * traffic::second;
      return true;
    }

   private:
    std::uint32_t size_;
    Nanoseconds time_, end_;
  };
  std::unique_ptr<Voice> imitate(const Pool&, const Imitation& imitation) const override {
    const std::lock_guard lock(mutex);
    asked.push_back(imitation);
    return std::make_unique<ParrotVoice>(imitation);
  }
  mutable std::mutex mutex;
  mutable std::vector<Imitation> asked;
};

/// A packet every 1,000 s of the days from `first` to before `end`, so that so many bytes a second are sent.
Packets steady(double rate, std::int64_t first, std::int64_t end, Direction direction = Direction::out) {
  Packets packets;
  for (std::int64_t day = first; day < end; ++day)
    for (int part = 0; part < 86; ++part)
      packets.push_back(
          packet(1'000.0 * part + 200, static_cast<std::uint32_t>(1'000 * rate), day, direction));
  return packets;
}

/// Four days.
std::shared_ptr<traffic::Traces> four_devices(const std::vector<double>& rates = {1, 2, 3, 4}) {
  return home({{"bulb", steady(rates[0], 0, 4)},
               {"camera", steady(rates[1], 0, 4)},
               {"hub", steady(rates[2], 0, 4)},
               {"lock", steady(rates[3], 0, 4)}});
}

struct Setting {
  std::shared_ptr<Parrot> parrot = std::make_shared<Parrot>();
  ChorusOptions options;
  Resources resources;

  Setting() {
    options.imitator = parrot;
    resources.pool = four_devices();
    resources.seed = 20;
    options.stand_in = 0;  // devices of these tests mostly say nothing
  }
  [[nodiscard]] Packets line(const std::string& device, std::int64_t first, std::int64_t last,
                             const Packets& user = {}, std::uint32_t capture = 0) const {
    const Chorus chorus(options);
    chorus.check(resources);
    Mixer mixer(chorus, resources, {device, capture, Line::Span{at(0, first), at(0, last)}}, {});
    Packets sent;
    const auto output = [&](Packets&& packets) { sent.insert(sent.end(), packets.begin(), packets.end()); };
    mixer.mix(user, output);
    mixer.finish(output);
    return sent;
  }
};

std::set<std::uint32_t> sizes_of(const Packets& packets) {
  std::set<std::uint32_t> sizes;
  for (const DevicePacket& each : packets)
    if (each.dummy) sizes.insert(each.size);
  return sizes;
}

std::string error_of(const Setting& setting) {
  try {
    Chorus(setting.options).check(setting.resources);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

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

TEST(Chorus, sends_at_times_as_fine_as_the_pools) {
  Setting setting;
  ReplayOptions options;
  options.wobble = 0.0123456789;
  setting.options.imitator = std::make_shared<Replay>(options);
  Packets odd = {packet(3, 1), packet(5, 1)};
  for (int i = 0; i < 1'000; ++i) odd.push_back(packet(50.0 * i + 7, 9));
  for (const Nanoseconds resolution : {1'000'000, 1'000}) {
    odd[1].time = at(5) + resolution;
    setting.resources.pool = home({{"bulb", odd}, {"hub", odd}});
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

// Devices that come late ---------------------------------------------------------------------------------

/// The days that were used for a device on the last line that was asked for.
std::vector<std::size_t> days_used(const Setting& setting, std::size_t device) {
  std::vector<std::size_t> days;
  for (const Imitation& asked : setting.parrot->asked)
    if (asked.device == device) days = asked.days;
  return days;
}

TEST(Chorus, imitates_the_last_week_unless_told_otherwise) {
  Setting setting;
  setting.resources.pool = home({{"bulb", steady(1, 0, 10)}, {"hub", steady(2, 0, 10)}});
  static_cast<void>(setting.line("hub", 9, 10));
  EXPECT_THAT(days_used(setting, 0), ElementsAre(2, 3, 4, 5, 6, 7, 8));
  setting.options.pool_days = 0;
  static_cast<void>(setting.line("hub", 9, 10));
  EXPECT_THAT(days_used(setting, 0), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(Chorus, imitates_and_plans_a_late_device_by_the_days_since_it_came) {
  Setting setting;
  setting.resources.pool = home({{"bulb", steady(1, 0, 4)}, {"hub", steady(20, 2, 4)}});
  static_cast<void>(setting.line("bulb", 3, 4));
  EXPECT_THAT(days_used(setting, 1), ElementsAre(2));
  // Of days 2 and 3; over all four days it would be half of that.
  EXPECT_THAT(Chorus(setting.options).report(setting.resources), Contains(HasSubstr("bulb (20 B/s)")));
}

TEST(Chorus, treats_a_device_as_new_on_its_first_day) {
  Setting setting;
  setting.resources.pool =
      home({{"bulb", steady(1, 0, 4)}, {"camera", steady(2, 0, 4)}, {"hub", steady(3, 2, 4)}});
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
    setting.resources.pool = home(devices);
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
  setting.resources.pool = home({{"bulb", both}, {"hub", both}});
  EXPECT_THAT(Chorus(setting.options).report(setting.resources), Contains(HasSubstr("bulb (52 B/s)")));
  setting.options.relay = false;
  EXPECT_THAT(Chorus(setting.options).report(setting.resources), Contains(HasSubstr("bulb (1 B/s)")));
}

// Sets over days -----------------------------------------------------------------------------------------

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

// Lines that nobody imitates -----------------------------------------------------------------------------

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

// Standing in --------------------------------------------------------------------------------------------

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
  setting.resources.pool = home({{"bulb", steady(1, 0, 2)}, {"hub", late}});
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
  setting.resources.pool = home({{"bulb", outage(steady(1, 0, 2))}, {"hub", outage(steady(3, 0, 2))}});
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
  setting.resources.pool = home({{"bulb", steady(1, 0, 3)}, {"hub", rare}});
  const Packets own = in_place_of_the_hub(setting, 5'000, 4);
  ASSERT_FALSE(own.empty());
  EXPECT_EQ(own.front().time, at(0, 3));
  EXPECT_TRUE(
      std::ranges::is_sorted(setting.line("hub", 2, 4, {packet(5'000, 1, 2)}), {}, &DevicePacket::time));
}

TEST(StandIn, does_not_come_where_the_device_shares_its_line_with_nobody) {
  Setting setting;
  setting.options.stand_in = 2;
  setting.resources.pool = four_devices({1, 2, 90, 3});
  setting.options.budget = 50;
  EXPECT_THAT(setting.line("hub", 2, 3), IsEmpty());
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
  EXPECT_THAT(error_of(setting), HasSubstr("no set of 2 devices keeps the budget of 1.0"));
  setting.options.budget = 0;
  setting.resources.pool = nullptr;
  EXPECT_THAT(error_of(setting), HasSubstr("connect the input 'pool'"));
  setting.options.imitator = nullptr;
  EXPECT_EQ(error_of(setting), "chorus needs an imitator");
}

}  // namespace
}  // namespace ipet::defence::test
