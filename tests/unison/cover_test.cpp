// Decoys and phantoms on top of equal lines.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"
#include "tests/unison/homes.hpp"

namespace ipet::defence::test {
namespace {

using testing::HasSubstr;

const std::vector<std::string> three_devices = {"cam", "lock", "plug"};

/// Days of two cameras, of which the second one follows the first within seconds, and of a plug with a timer.
std::shared_ptr<traffic::Traces> recorded_days(std::int64_t days) {
  Packets lock;
  for (const DevicePacket& each : camera(8, days, 3))
    if (each.size < 1'400) {
      lock.push_back(each);
      lock.back().time += 5 * traffic::second;
      lock.back().size += 2'000;
    }
  return home({{"cam", camera(8, days, 3)}, {"lock", lock}, {"plug", keep_alive(60, days)}});
}

Resources pool(std::int64_t days = 4, std::uint64_t seed = 20) {
  return Resources(seed).give<traffic::Traces>("pool", recorded_days(days));
}

UnisonOptions decoys(double per_day) {
  UnisonOptions options;
  options.decoys = per_day;
  return options;
}
UnisonOptions phantom(const std::string& device) {
  UnisonOptions options;
  options.phantoms = {device};
  return options;
}

Line::Span day(std::int64_t number, std::int64_t days = 1) {
  return {at(0, number), at(0, number + days)};
}

/// Sizes, directions and protocols on a line.
std::vector<std::tuple<std::uint32_t, Direction, Protocol>> shapes(const std::vector<DevicePacket>& line) {
  std::vector<std::tuple<std::uint32_t, Direction, Protocol>> all;
  for (const DevicePacket& each : line) all.emplace_back(each.size, each.direction, each.protocol);
  return all;
}

TEST(CoveredLines, are_equal_packet_by_packet_with_decoys_and_phantoms) {
  UnisonOptions options = decoys(30);
  options.phantoms = {"plug"};
  const auto user = random_home(three_devices.size(), 3'000, fresh_seed(), at(100, 1));
  const MixedGroup mixed = mix_group(Unison(options), lines_of(three_devices, day(1)), user, pool());
  ASSERT_GT(mixed.lines[0].size(), user.size() + 1'440);
  for (const auto& line : mixed.lines) ASSERT_EQ(shapes(line), shapes(mixed.lines[0]));
  for (std::size_t i = 0; i < mixed.lines[0].size(); ++i) {
    std::vector<Nanoseconds> times;
    std::size_t users = 0;
    for (const auto& line : mixed.lines) {
      times.push_back(line[i].time);
      users += line[i].dummy ? 0 : 1;
    }
    std::ranges::sort(times);
    const DevicePacket& packet = mixed.lines[0][i];
    const Nanoseconds step = 8 * (packet.size + (packet.protocol == Protocol::tcp ? 54 : 42));
    ASSERT_EQ(times[1] - times[0], step);
    ASSERT_EQ(times[2] - times[1], step);
    ASSERT_LE(users, 1U);
  }
}

TEST(CoveredLines, delay_user_packets_by_what_is_sent_before_them_alone) {
  const auto user = random_home(three_devices.size(), 3'000, fresh_seed(), at(100, 1));
  const MixedGroup mixed = mix_group(Unison(decoys(200)), lines_of(three_devices, day(1)), user, pool());
  // By hand: events begin when they come or when the copies before are through. The times at which decoys
  // came are not known, but one that goes out at once is not before its time.
  Nanoseconds free = 0, busy_from = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < mixed.lines[0].size(); ++i) {
    std::vector<Nanoseconds> times;
    bool decoy = true;
    for (const auto& line : mixed.lines) {
      times.push_back(line[i].time);
      decoy = decoy && line[i].dummy;
    }
    const Nanoseconds begin = std::ranges::min(times);
    if (begin > free) busy_from = begin;
    if (!decoy) {
      ASSERT_LE(busy_from, user[next].packet.time) << i;  // nothing waits for a link that is free
      ASSERT_EQ(begin, std::max(free, user[next++].packet.time)) << i;
    }
    const DevicePacket& packet = mixed.lines[0][i];
    free = begin + 3 * 8 * (packet.size + (packet.protocol == Protocol::tcp ? 54 : 42));
  }
  EXPECT_EQ(next, user.size());
}

/// Bursts of packets of such sizes that begin on a line.
std::size_t bursts(const std::vector<DevicePacket>& line, std::uint32_t least, std::uint32_t most) {
  std::size_t count = 0;
  Nanoseconds last = 0;
  for (const DevicePacket& each : line) {
    if (each.size < least || each.size > most) continue;
    count += each.time - last > 2 * traffic::second ? 1 : 0;
    last = each.time;
  }
  return count;
}

TEST(Decoys, come_as_often_as_asked_for_of_each_device) {
  std::size_t cam = 0, lock = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const MixedGroup mixed =
        mix_group(Unison(decoys(10)), lines_of(three_devices, day(1, 3)), {}, pool(4, seed));
    cam += bursts(mixed.lines[0], 1'400, 1'400);
    lock += bursts(mixed.lines[0], 2'001, 3'399);
    EXPECT_EQ(bursts(mixed.lines[0], 31, 31), 0U);  // a timer is no event
  }
  // 600 of each, with a deviation of 24; of the camera's some run together.
  EXPECT_NEAR(static_cast<double>(cam), 600, 100);
  EXPECT_NEAR(static_cast<double>(lock), 600, 100);
}

TEST(Decoys, are_dummies_and_counted_as_cover_on_every_line) {
  const MixedGroup mixed = mix_group(Unison(decoys(10)), lines_of(three_devices, day(1)), {}, pool());
  for (const MixSummary& summary : mixed.summaries) {
    EXPECT_GT(payload_of(summary.dummy), 100'000U);
    EXPECT_EQ(payload_of(summary.dummy), payload_of(summary.sent));
    EXPECT_EQ(payload_of(summary.user), 0U);
  }
}

TEST(Decoys, of_a_member_leave_on_the_lines_of_its_set) {
  UnisonOptions options = decoys(10);
  options.sets = {{"cam", "plug"}};
  const MixedGroup mixed = mix_group(Unison(options), lines_of(three_devices, day(1)), {}, pool());
  EXPECT_GT(bursts(mixed.lines[0], 1'400, 1'400), 0U);
  EXPECT_EQ(bursts(mixed.lines[0], 2'001, 3'399), 0U);
  EXPECT_EQ(shapes(mixed.lines[2]), shapes(mixed.lines[0]));
  EXPECT_EQ(bursts(mixed.lines[1], 1'400, 1'400), 0U);
  EXPECT_GT(bursts(mixed.lines[1], 2'001, 3'399), 0U);
}

TEST(Decoys, go_into_the_tunnel_where_all_devices_share_one) {
  const MixedGroup mixed = mix_group(Unison(decoys(10)), lines_of({"home"}, day(1)), {}, pool());
  EXPECT_GT(bursts(mixed.lines[0], 1'400, 1'400), 0U);
  EXPECT_GT(bursts(mixed.lines[0], 2'001, 3'399), 0U);
}

TEST(Decoys, are_drawn_from_days_before_alone) {
  const auto line = [](std::int64_t known) {
    return mix_group(Unison(decoys(20)), lines_of({"home"}, day(1, 2)), {}, pool(known)).lines;
  };
  // What day 2 and later are like changes nothing on the first two days that have a past.
  const auto two_days = line(2), four_days = line(4);
  std::size_t same = 0;
  while (same < two_days[0].size() && two_days[0][same].time < at(0, 3)) {
    ASSERT_EQ(two_days[0][same], four_days[0][same]);
    ++same;
  }
  EXPECT_GT(same, 1'000U);
}

TEST(Decoys, wait_for_the_first_day_with_a_past) {
  const Unison unison(decoys(20));
  EXPECT_TRUE(mix_group(unison, lines_of(three_devices, day(0)), {}, pool()).lines[0].empty());
  EXPECT_EQ(unison.ready_from(pool()), at(0, 1));
}

TEST(Decoys, rest_until_the_next_user_packet) {
  const auto group = Unison(decoys(500)).group(pool(), lines_of(three_devices, day(1, 3)));
  group->begin(at(0, 1));
  LinePacket packet;
  while (group->next(at(3'600, 1), packet)) {
  }
  group->rest();
  EXPECT_FALSE(group->next(at(0, 2), packet));
  group->arrive({0, {at(0, 2), 7, Direction::out, Protocol::tcp, false}});
  ASSERT_TRUE(group->next(at(1, 2), packet));
  EXPECT_EQ(packet.packet.time, at(0, 2));
  EXPECT_EQ(packet.packet.size, 7U);
  while (group->next(at(3'600, 2), packet)) {
  }
  EXPECT_NE(packet.packet.size, 7U);
}

TEST(Phantoms, run_from_the_day_after_those_that_they_are_made_of) {
  const Unison unison(phantom("plug"));
  EXPECT_EQ(unison.ready_from(pool()), at(0, 1));
  const MixedGroup mixed = mix_group(unison, lines_of({"cam", "lock"}, day(0, 2)), {}, pool());
  EXPECT_GE(mixed.lines[0].front().time, at(0, 1));
  EXPECT_NEAR(static_cast<double>(bursts(mixed.lines[0], 31, 31)), 1'440, 3);
  EXPECT_EQ(shapes(mixed.lines[0]), shapes(mixed.lines[1]));
}

TEST(Phantoms, do_not_depend_on_who_else_is_there) {
  const auto of = [](const std::vector<std::string>& there, const std::vector<LinePacket>& user) {
    std::vector<Nanoseconds> seconds;
    const MixedGroup mixed = mix_group(Unison(phantom("plug")), lines_of(there, day(1)), user, pool());
    for (const DevicePacket& each : mixed.lines[0])
      if (each.size == 31) seconds.push_back(each.time / traffic::second);
    return seconds;
  };
  const auto alone = of({"cam", "lock"}, {});
  EXPECT_EQ(of({"bulb", "cam", "plug", "tv"}, {}), alone);
  EXPECT_EQ(of({"home"}, {{0, {at(3'600, 1), 5, Direction::out, Protocol::tcp, false}}}), alone);
}

TEST(Phantoms, of_devices_that_are_there_run_always_or_not_at_all) {
  UnisonOptions options = phantom("plug");
  const auto sent = [&](std::vector<Line> lines) {
    return mix_group(Unison(options), lines, {}, pool()).lines[0].size();
  };
  EXPECT_GT(sent(lines_of(three_devices, day(1))), 1'400U);
  options.phantom_presence = PhantomPresence::absent;
  EXPECT_EQ(sent(lines_of(three_devices, day(1))), 0U);
  EXPECT_GT(sent(lines_of({"cam", "lock"}, day(1))), 1'400U);
  auto tunnel = lines_of({"home"}, day(1));
  EXPECT_GT(sent(tunnel), 1'400U);
  tunnel[0].devices = {"cam", "plug"};
  EXPECT_EQ(sent(tunnel), 0U);
}

TEST(Phantoms, leave_on_the_set_in_which_they_are_named_or_the_first) {
  UnisonOptions options = phantom("plug");
  options.sets = {{"bulb", "cam"}, {"lock", "plug"}};
  const auto sent = [&] {
    std::vector<std::size_t> counts;
    for (const auto& line :
         mix_group(Unison(options), lines_of({"bulb", "cam", "lock"}, day(1)), {}, pool()).lines)
      counts.push_back(std::min<std::size_t>(line.size(), 1));
    return counts;
  };
  EXPECT_THAT(sent(), testing::ElementsAre(0, 0, 1));
  options.sets = {{"bulb", "cam"}};
  EXPECT_THAT(sent(), testing::ElementsAre(1, 1, 0));
}

TEST(Phantoms, have_decoys_as_members_have) {
  UnisonOptions options = decoys(10);
  options.phantoms = {"cam"};
  std::size_t bursts_of_cam = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    bursts_of_cam +=
        bursts(mix_group(Unison(options), lines_of({"lock", "plug"}, day(1, 3)), {}, pool(4, seed)).lines[0],
               1'400, 1'400);
  // 8 events of its own and 10 decoys on each of 30 days: 540, with a deviation of 23.
  EXPECT_NEAR(static_cast<double>(bursts_of_cam), 540, 100);
}

std::string fault(const UnisonOptions& options, const Resources& resources) {
  try {
    Unison(options).check(resources);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Imitations, need_recordings) {
  EXPECT_EQ(fault(decoys(1), Resources(1)),
            "the defence 'unison' imitates events ('decoys') that were recorded on past days: connect the "
            "input 'pool'");
  EXPECT_EQ(fault(phantom("plug"), Resources(1)),
            "the defence 'unison' imitates devices ('phantoms') that were recorded on past days: connect the "
            "input 'pool', or give files of models ('phantom_models')");
  EXPECT_EQ(fault(phantom("tv"), pool()),
            "unison: 'phantoms' names 'tv', and the pool has no packet of such a device; it has cam, lock, "
            "plug: name one of these, or give a file of its model in 'phantom_models'");
  EXPECT_EQ(fault(phantom("plug"), pool()), "accepted");
}

TEST(Imitations, are_told_with_what_has_none) {
  UnisonOptions options = decoys(5);
  options.phantoms = {"cam"};
  const auto lines = Unison(options).report(pool());
  EXPECT_THAT(
      lines, testing::Contains("5 imitated events per device and day, but for those of which the pool has no "
                               "event: plug"));
  EXPECT_THAT(lines, testing::Contains("a phantom of cam: 0 timers, 8 moments a day without a timer"));
}

}  // namespace
}  // namespace ipet::defence::test
