#include "stages/imitation/replay.hpp"

#include <cmath>
#include <functional>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

/// Every packet of the pool has a size of its own, so that it can be found again.
Packets numbered(double period, std::int64_t days) {
  Packets packets;
  std::uint32_t number = 1;
  Random random(9);
  for (double time = 5; time < day_seconds * static_cast<double>(days) - 1;
       time += random.uniform(0.5, 1.5) * period)
    packets.push_back(packet(time, number++));
  return packets;
}

ReplayOptions with_clock(Clock clock) {
  ReplayOptions options;
  options.clock = clock;
  return options;
}

TEST(Replay, plays_each_packet_of_a_day_once_when_it_has_one_day) {
  const Packets original = numbered(200, 1);
  const Pool pool(home({{"hub", original}}), 0);
  for (const auto& [word, clock] : clocks) {
    const Packets played = play(Replay(with_clock(clock)), pool, whole_day(0, {0}, 1));
    std::multiset<std::uint32_t> sizes;
    for (const DevicePacket& each : played) sizes.insert(each.size);
    EXPECT_EQ(std::set<std::uint32_t>(sizes.begin(), sizes.end()).size(), sizes.size()) << word;
    // What is moved beyond the day's ends is lost.
    EXPECT_NEAR(static_cast<double>(played.size()), static_cast<double>(original.size()), 10) << word;
  }
}

TEST(Replay, does_not_play_a_packet_on_two_days_of_a_line_once_the_pool_has_grown) {
  const Pool pool(home({{"hub", numbered(300, 6)}}), 0);
  const Replay replay(with_clock(Clock::near));
  std::multiset<std::uint32_t> sizes;
  for (std::int64_t day = 4; day < 10; ++day) {
    std::vector<std::size_t> days;
    for (std::int64_t old = 1; old <= 3; ++old)
      if (day - old < 6) days.insert(days.begin(), static_cast<std::size_t>(day - old));
    if (days.size() < 3) break;
    for (const DevicePacket& each : play(replay, pool, whole_day(0, days, day))) sizes.insert(each.size);
  }
  EXPECT_GT(sizes.size(), 800U);
  EXPECT_EQ(std::set<std::uint32_t>(sizes.begin(), sizes.end()).size(), sizes.size());
}

/// Days of the line on which it carries a packet that it has carried before, with what the pool holds then.
std::set<std::int64_t> repeats(const Pool& pool, std::int64_t first, std::int64_t last,
                               const std::function<std::vector<std::size_t>(std::int64_t)>& days_for) {
  std::set<std::int64_t> found;
  std::set<std::uint32_t> carried;
  const Replay replay(with_clock(Clock::near));
  for (std::int64_t day = first; day < last; ++day)
    for (const DevicePacket& each : play(replay, pool, whole_day(0, days_for(day), day)))
      if (!carried.insert(each.size).second) found.insert(day);
  return found;
}

std::vector<std::size_t> counted(std::size_t first, std::size_t end) {
  std::vector<std::size_t> days;
  for (; first < end; ++first) days.push_back(first);
  return days;
}

TEST(Replay, repeats_nothing_on_a_line_two_weeks_after_its_pool_began) {
  const Pool pool(home({{"hub", numbered(1'200, 30)}}), 0);
  for (const std::size_t most : {30U, 7U, 3U}) {  // days of a pool that rolls
    const auto found = repeats(pool, 1, 30, [most](std::int64_t day) {
      const auto today = static_cast<std::size_t>(day);
      return counted(today - std::min(today, most), today);
    });
    EXPECT_LT(found.empty() ? 0 : *found.rbegin(), 14) << most;
  }
}

TEST(Replay, repeats_nothing_where_days_of_the_pool_are_missing) {
  Packets packets = numbered(1'200, 30);
  std::erase_if(packets, [](const DevicePacket& each) {
    const auto day = static_cast<int>(seconds_of(each.time) / day_seconds);
    return day % 7 == 5 || day == 20;
  });
  const Pool pool(home({{"hub", packets}}), 0);
  std::vector<std::int64_t> lines;  // days that were recorded
  for (const PoolDay& day : pool.days()) lines.push_back(day.number - first_day);
  std::set<std::uint32_t> carried;
  for (std::size_t i = 1; i < lines.size(); ++i)
    for (const DevicePacket& each :
         play(Replay(with_clock(Clock::near)), pool,
              whole_day(0, counted(i - std::min<std::size_t>(i, 7), i), lines[i]))) {
      const bool fresh = carried.insert(each.size).second;
      EXPECT_TRUE(fresh || i < 14) << lines[i];
    }
}

TEST(Replay, goes_through_all_days_of_a_pool_that_is_never_renewed_before_one_comes_again) {
  const Pool pool(home({{"hub", numbered(1'200, 4)}}), 0);
  EXPECT_THAT(repeats(pool, 4, 9, [](std::int64_t) { return counted(0, 4); }), testing::ElementsAre(8));
}

TEST(Replay, repeats_nothing_where_it_may_take_later_days) {
  const Pool pool(home({{"hub", numbered(1'200, 6)}}), 0);
  EXPECT_THAT(repeats(pool, 0, 6,
                      [](std::int64_t day) {
                        auto days = counted(0, 6);
                        days.erase(days.begin() + day);
                        return days;
                      }),
              testing::IsEmpty());
}

/// How often each packet of a pool is played on a day.
std::map<std::uint32_t, int> played(const Pool& pool, std::vector<std::size_t> days, std::int64_t day) {
  std::map<std::uint32_t, int> times;
  ReplayOptions options;
  options.jitter = 0;  // so that nothing is moved over the day's ends
  for (const DevicePacket& each : play(Replay(options), pool, whole_day(0, std::move(days), day)))
    ++times[each.size];
  return times;
}

TEST(Replay, plays_all_that_was_recorded_before_anything_comes_twice_on_a_day) {
  // Two days, each recorded from 08:00 to 20:00: as many segments as a day has.
  Packets packets = numbered(600, 2);
  std::erase_if(packets, [](const DevicePacket& each) {
    const double hour = std::fmod(seconds_of(each.time) / 3'600, 24);
    return hour < 8 || hour >= 20;
  });
  const auto once = played(Pool(home({{"hub", packets}}), 0), {0, 1}, 2);
  EXPECT_GE(once.size(), packets.size() - 2);  // a burst that wobbles over midnight
  for (const auto& [number, times] : once) EXPECT_EQ(times, 1) << number;
  // One such day: each segment twice.
  const auto twice = played(Pool(home({{"hub", packets}}), 0), {0}, 2);
  EXPECT_GE(twice.size(), 60U);
  for (const auto& [number, times] : twice) EXPECT_NEAR(times, 2, number == 1 ? 1 : 0) << number;
}

TEST(Replay, fills_the_day_from_the_hours_that_were_recorded) {
  // 08:00 to 10:00 and 20:00 to 22:00; the ten hours between are no silence.
  Packets packets = keep_alive(60, 1);
  std::erase_if(packets, [](const DevicePacket& each) {
    const double hour = seconds_of(each.time) / 3'600;
    return hour < 8 || (hour >= 10 && hour < 20) || hour >= 22;
  });
  const Pool pool(home({{"hub", packets}}), 0);
  const Packets day = play(Replay({}), pool, whole_day(0, {0}, 1));
  EXPECT_NEAR(static_cast<double>(day.size()), 2 * 1'440, 30);
}

TEST(Replay, keeps_the_time_of_day_unless_it_is_shifted) {
  // Talks from 08:00 to 09:00 only.
  Packets packets;
  for (std::int64_t day = 0; day < 3; ++day)
    for (int i = 0; i < 60; ++i) packets.push_back(packet(8 * 3'600 + 60.0 * i, 100, day));
  const Pool pool(home({{"hub", packets}, {"other", keep_alive(1'800, 3)}}), 0);
  auto hours = [&](const ReplayOptions& options) {
    std::pair<double, double> hours(24, 0);
    for (const DevicePacket& each : play(Replay(options), pool, whole_day(0, {0, 1, 2}, 3))) {
      hours.first = std::min(hours.first, seconds_of(each.time, 3) / 3'600);
      hours.second = std::max(hours.second, seconds_of(each.time, 3) / 3'600);
    }
    return hours;
  };
  const auto kept = hours(with_clock(Clock::kept));
  EXPECT_GE(kept.first, 7.8);
  EXPECT_LE(kept.second, 9.2);
  const auto near = hours(with_clock(Clock::near));  // stretches of 6 hours
  EXPECT_GE(near.first, 5.8);
  EXPECT_LE(near.second, 12.2);
}

TEST(Replay, goes_on_across_segments_as_a_device_that_speaks_every_minute) {
  const Pool pool(home({{"hub", keep_alive(60, 3)}}), 0);
  const Packets played = play(Replay({}), pool, whole_day(0, {0, 1, 2}, 3));
  std::size_t odd = 0;
  for (const double gap : onset_gaps(played))
    if (std::abs(gap - 60) > 0.05) ++odd;
  EXPECT_LE(odd, 1U);  // 12 segments
  EXPECT_NEAR(static_cast<double>(played.size()), 2 * 1'440, 6);
}

TEST(Replay, has_the_pools_rate_and_law_of_gaps) {
  const Packets original = camera(12, 5, 3);
  const Pool pool(home({{"camera", original}, {"hub", keep_alive(60, 5)}}), 0);
  double bytes = 0;
  std::vector<double> gaps;
  for (std::uint64_t line = 0; line < 20; ++line) {
    const Packets played = play(Replay({}), pool, whole_day(0, {0, 1, 2, 3, 4}, 5, line));
    bytes += bytes_of(played) / 20;
    const auto some = onset_gaps(played);
    gaps.insert(gaps.end(), some.begin(), some.end());
  }
  EXPECT_NEAR(bytes / (bytes_of(original) / 5), 1, 0.1);
  EXPECT_LT(kolmogorov_smirnov(gaps, onset_gaps(original)), 0.2);  // 59 gaps
}

TEST(Replay, never_cuts_a_burst) {
  const Pool pool(home({{"camera", camera(12, 3, 4)}}), 0);
  const Packets played = play(Replay({}), pool, whole_day(0, {0, 1, 2}, 3));
  // The last packet of a burst is the only short one.
  std::size_t bursts = 0, ends = 0;
  for (const DevicePacket& each : played) ends += each.size < 1'400;
  bursts = onset_gaps(played, 0.5).size() + 1;
  EXPECT_NEAR(static_cast<double>(ends), static_cast<double>(bursts), 1);
}

TEST(Replay, stays_within_its_time_and_begins_in_the_middle_of_a_stream) {
  Packets stream;
  for (int i = 0; i < 86'400; i += 2) stream.push_back(packet(i, 1'000));
  const Pool pool(home({{"camera", stream}}), 0);
  Imitation part = whole_day(0, {0}, 1);
  part.begin = at(40'000, 1);
  part.end = at(50'000, 1);
  const Packets played = play(Replay({}), pool, part);
  ASSERT_FALSE(played.empty());
  EXPECT_GE(played.front().time, part.begin);
  EXPECT_LT(played.front().time, part.begin + 10 * traffic::second);
  EXPECT_LT(played.back().time, part.end);
  EXPECT_NEAR(static_cast<double>(played.size()), 5'000, 50);
  EXPECT_TRUE(played.front().dummy);
}

TEST(Replay, plays_nothing_of_a_device_that_was_silent) {
  const Pool pool(home({{"hub", keep_alive(60, 1)}, {"lock", {packet(5, 1, 3)}}}), 0);
  EXPECT_TRUE(play(Replay({}), pool, whole_day(1, {0}, 1)).empty());
}

TEST(Replay, differs_between_lines_and_not_between_runs) {
  const Pool pool(home({{"hub", numbered(200, 2)}}), 0);
  const Packets once = play(Replay({}), pool, whole_day(0, {0, 1}, 2, 1));
  EXPECT_EQ(play(Replay({}), pool, whole_day(0, {0, 1}, 2, 1)), once);
  EXPECT_NE(play(Replay({}), pool, whole_day(0, {0, 1}, 2, 2)), once);
}

TEST(Replay, refuses_options_that_make_no_sense) {
  ReplayOptions options;
  options.stretch = 1;
  EXPECT_THROW(Replay{options}, std::invalid_argument);
}

}  // namespace
}  // namespace ipet::defence::test
