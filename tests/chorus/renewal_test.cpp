#include "stages/imitation/renewal.hpp"

#include <array>
#include <cmath>
#include <set>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/imitation/event_model.hpp"
#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

TEST(Renewal, keeps_a_keep_alive_periodic) {
  const Packets original = keep_alive(60, 3);
  const Pool pool(home({{"hub", original}}), 0);
  const Packets played = play(Renewal({}), pool, whole_day(0, {0, 1, 2}, 3));
  const auto gaps = onset_gaps(played);
  EXPECT_LT(kolmogorov_smirnov(gaps, onset_gaps(original)), 0.08);
  for (const double gap : gaps) EXPECT_NEAR(gap, 60, 0.05);
  EXPECT_NEAR(static_cast<double>(played.size()), 2 * 1'440, 10);
}

TEST(Renewal, keeps_two_timers_at_their_distance) {
  // One every 120 s, another one 30 s after it: gaps of 30 and 90 s take turns.
  Packets original;
  Random random(4);
  for (double time = 10; time < 3 * day_seconds - 40; time += 120) {
    original.push_back(packet(time + random.uniform(-0.02, 0.02), 45));
    original.push_back(packet(time + 30 + random.uniform(-0.02, 0.02), 45));
  }
  const Pool pool(home({{"hub", original}}), 0);
  const auto gaps = onset_gaps(play(Renewal({}), pool, whole_day(0, {0, 1, 2}, 3)));
  ASSERT_GT(gaps.size(), 1'000U);
  for (std::size_t i = 1; i < gaps.size(); ++i) ASSERT_NEAR(gaps[i - 1] + gaps[i], 120, 0.3) << i;
}

TEST(Renewal, has_the_rate_of_a_device_with_many_kinds_of_events) {
  const std::uint64_t seed = 12;
  Random random(seed);
  Packets original;
  for (double time = 3; time < 4 * day_seconds - 30; time += 20 + random.exponential(200)) {
    const auto kind = random.below(3);
    for (std::uint64_t i = 0; i <= kind * 4; ++i)
      original.push_back(
          packet(time + 0.1 * static_cast<double>(i), static_cast<std::uint32_t>(50 + 300 * kind)));
  }
  const Pool pool(home({{"hub", original}}), 0);
  double bytes = 0;
  std::vector<double> gaps;
  for (std::uint64_t line = 0; line < 5; ++line) {
    const Packets played = play(Renewal({}), pool, whole_day(0, {0, 1, 2, 3}, 4, line));
    bytes += bytes_of(played) / 5;
    const auto some = onset_gaps(played);
    gaps.insert(gaps.end(), some.begin(), some.end());
  }
  EXPECT_NEAR(bytes / (bytes_of(original) / 4), 1, 0.08) << "seed " << seed;
  EXPECT_LT(kolmogorov_smirnov(gaps, onset_gaps(original)), 0.06) << "seed " << seed;
}

TEST(Renewal, has_the_rate_of_a_device_with_one_event_a_day) {
  const Packets original = camera(1, 4, 5);
  const Pool pool(home({{"camera", original}, {"hub", keep_alive(60, 4)}}), 0);
  double bytes = 0, squares = 0;
  constexpr std::uint64_t lines = 300;
  const double per_day = bytes_of(original) / 4;
  for (std::uint64_t line = 0; line < lines; ++line) {
    const double share = bytes_of(play(Renewal({}), pool, whole_day(0, {0, 1, 2, 3}, 4, line))) / per_day;
    bytes += share;
    squares += share * share;
  }
  const double mean = bytes / lines;
  EXPECT_NEAR(mean, 1, 4 * std::sqrt((squares / lines - mean * mean) / lines));
}

TEST(Renewal, draws_lengths_of_events_from_their_law) {
  const Packets original = camera(60, 4, 6);
  const Pool pool(home({{"camera", original}}), 0);
  auto lengths = [](const Packets& packets) {
    std::vector<double> lengths;
    double length = 0;
    Nanoseconds last = 0;
    for (const DevicePacket& each : packets) {
      if (length > 0 && each.time - last >= 5 * traffic::second) lengths.push_back(std::exchange(length, 0));
      ++length;
      last = each.time;
    }
    return lengths;
  };
  std::vector<double> played;
  for (std::uint64_t line = 0; line < 4; ++line) {
    const auto some = lengths(play(Renewal({}), pool, whole_day(0, {0, 1, 2, 3}, 4, line)));
    played.insert(played.end(), some.begin(), some.end());
  }
  EXPECT_LT(kolmogorov_smirnov(played, lengths(original)), 0.16);  // 240 events each
}

TEST(Renewal, repeats_no_run_of_sizes_and_gaps_of_the_pool) {
  // Two packets per event, sizes at random, gaps at random: nothing comes twice by chance.
  Random random(8);
  Packets original;
  for (double time = 3; time < 2 * day_seconds - 30; time += random.uniform(30, 90)) {
    original.push_back(packet(time, static_cast<std::uint32_t>(random.below(1'400))));
    original.push_back(
        packet(time + random.uniform(0.1, 1), static_cast<std::uint32_t>(random.below(1'400))));
  }
  const Pool pool(home({{"hub", original}}), 0);
  // To the microsecond, as captures have it.
  using Step = std::pair<std::uint32_t, std::int64_t>;
  auto runs = [](const Packets& packets) {
    std::set<std::array<Step, 2>> runs;
    for (std::size_t i = 2; i < packets.size(); ++i)
      runs.insert({Step(packets[i - 1].size, (packets[i - 1].time - packets[i - 2].time) / 1'000),
                   Step(packets[i].size, (packets[i].time - packets[i - 1].time) / 1'000)});
    return runs;
  };
  const auto known = runs(original);
  std::size_t repeated = 0;
  for (const auto& run : runs(play(Renewal({}), pool, whole_day(0, {0, 1}, 2))))
    repeated += known.contains(run);
  EXPECT_EQ(repeated, 0U);
}

TEST(Renewal, plays_long_events_anew) {
  // Each burst of this camera ends with a size of its own, after a number of packets.
  const Packets original = camera(20, 2, 10, 60);
  const Pool pool(home({{"camera", original}}), 0);
  auto bursts = [](const Packets& packets) {
    std::vector<std::pair<std::size_t, std::uint32_t>> found;
    std::size_t length = 0;
    for (const DevicePacket& each : packets) {
      ++length;
      if (each.size != 1'400) found.emplace_back(std::exchange(length, 0), each.size);
    }
    return found;
  };
  const auto known = bursts(original);
  std::size_t same = 0, all = 0;
  for (std::uint64_t line = 0; line < 5; ++line)
    for (const auto& burst : bursts(play(Renewal({}), pool, whole_day(0, {0, 1}, 2, line)))) {
      ++all;
      same += std::ranges::find(known, burst) != known.end();
    }
  EXPECT_GT(all, 50U);
  EXPECT_LT(same, all / 3);  // a move may end where it began
}

TEST(Renewal, stays_within_its_time) {
  const Pool pool(home({{"hub", keep_alive(10, 1)}}), 0);
  Imitation part = whole_day(0, {0}, 1);
  part.begin = at(40'000, 1);
  part.end = at(41'000, 1);
  const Packets played = play(Renewal({}), pool, part);
  EXPECT_NEAR(static_cast<double>(played.size()), 200, 4);
  EXPECT_GE(played.front().time, part.begin);
  EXPECT_LT(played.back().time, part.end);
  EXPECT_TRUE(std::ranges::is_sorted(played, {}, &DevicePacket::time));
  EXPECT_TRUE(played.front().dummy);
}

TEST(Renewal, imitates_an_unbroken_stream_at_its_rate_all_day) {
  const std::uint64_t seed = 21;
  Random random(seed);
  Packets original;
  for (double time = 1; time < 3 * day_seconds - 1; time += random.uniform(1, 4.5)) {
    original.push_back(packet(time, 200 + 100 * static_cast<std::uint32_t>(random.below(4))));
    if (random.uniform() < 0.2) original.push_back(packet(time + 0.01, 40, 0, Direction::in));
  }
  const Pool pool(home({{"camera", original}}), 0);
  for (std::uint64_t line = 0; line < 2; ++line) {
    const Packets played = play(Renewal({}), pool, whole_day(0, {0, 1, 2}, 3, line));
    EXPECT_NEAR(static_cast<double>(played.size()) / (static_cast<double>(original.size()) / 3), 1, 0.05)
        << "seed " << seed << ", line " << line;
    EXPECT_NEAR(bytes_of(played) / (bytes_of(original) / 3), 1, 0.05) << "seed " << seed << ", line " << line;
    Nanoseconds last = at(0, 3);
    for (const DevicePacket& each : played) {
      ASSERT_LT(each.time - last, 6 * traffic::second);
      last = each.time;
    }
    EXPECT_GT(last, at(day_seconds - 6, 3));
  }
}

/// Bursts at random times of the first `length` seconds after `begin`, each day.
Packets in_a_part_of_days(double begin, double length, double mean_gap, std::int64_t days,
                          std::uint64_t seed) {
  Packets packets;
  Random random(StreamKey(seed).with("part"));
  for (std::int64_t day = 0; day < days; ++day)
    for (double time = begin + random.exponential(mean_gap); time < begin + length - 1;
         time += 6 + random.exponential(mean_gap)) {
      const auto count = 1 + random.below(3);
      for (std::uint64_t i = 0; i < count; ++i)
        packets.push_back(packet(time + 0.2 * static_cast<double>(i), 100, day));
    }
  return packets;
}

/// A packet every minute: what makes a part of each day recorded.
Packets clockwork(double begin, double length, std::int64_t days) {
  Packets packets;
  for (std::int64_t day = 0; day < days; ++day)
    for (double time = begin; time <= begin + length; time += 60) packets.push_back(packet(time, 7, day));
  return packets;
}

TEST(Renewal, keeps_rates_of_days_of_which_only_minutes_were_recorded) {
  constexpr double begin = 64'800, length = 1'200;
  const std::uint64_t seed = 22;
  const Packets original = in_a_part_of_days(begin, length, 20, 4, seed);
  Packets stream;
  Random random(seed);
  for (std::int64_t day = 0; day < 4; ++day)
    for (double time = begin; time < begin + length; time += random.uniform(1, 4.5))
      stream.push_back(packet(time, 500, day));
  const Pool pool(home({{"camera", stream}, {"clock", clockwork(begin, length, 4)}, {"hub", original}}), 0);
  std::array<double, 3> packets{};
  constexpr std::uint64_t lines = 40;
  for (std::uint64_t line = 0; line < lines; ++line)
    for (std::size_t device = 0; device < 3; ++device) {
      Imitation part = whole_day(device, {0, 1, 2, 3}, 4, line);
      part.begin = at(begin, 4);
      part.end = at(begin + length, 4);
      packets[device] += static_cast<double>(play(Renewal({}), pool, part).size()) / lines;
    }
  EXPECT_NEAR(packets[0] / (static_cast<double>(stream.size()) / 4), 1, 0.05) << "seed " << seed;
  EXPECT_NEAR(packets[1], 20, 1.5);
  EXPECT_NEAR(packets[2] / (static_cast<double>(original.size()) / 4), 1, 0.05) << "seed " << seed;
}

TEST(Renewal, does_not_take_hours_between_two_captures_for_silence) {
  // 08:00 to 10:00 and 20:00 to 22:00.
  Packets packets = keep_alive(60, 1);
  std::erase_if(packets, [](const DevicePacket& each) {
    const double hour = seconds_of(each.time) / 3'600;
    return hour < 8 || (hour >= 10 && hour < 20) || hour >= 22;
  });
  const Pool pool(home({{"hub", packets}}), 0);
  for (std::uint64_t line = 0; line < 3; ++line)
    EXPECT_NEAR(static_cast<double>(play(Renewal({}), pool, whole_day(0, {0}, 1, line)).size()), 2 * 1'440,
                100);
}

TEST(Renewal, fits_a_model_once_for_all_lines) {
  const Pool pool(home({{"hub", keep_alive(60, 1)}}), 0);
  (void)play(Renewal({}), pool, whole_day(0, {0}, 1));
  const auto kept = pool.memo<EventModel>(0, std::vector<std::size_t>{0}, 5 * traffic::second, [&] {
    ADD_FAILURE() << "a second time";
    return EventModel(pool, 0, {0}, {});
  });
  EXPECT_EQ(kept->events().size(), 1'440U);
}

TEST(Renewal, keeps_sessions_inside_the_recorded_part_of_the_day) {
  constexpr double begin = 32'400, length = 6 * 3'600;
  const std::uint64_t seed = 23;
  const Packets original = in_a_part_of_days(begin, length, 7'200, 4, seed);  // 3 a day
  const Pool pool(home({{"clock", clockwork(begin, length, 4)}, {"lock", original}}), 0);
  double sum = 0, squares = 0;
  constexpr std::uint64_t lines = 400;
  for (std::uint64_t line = 0; line < lines; ++line) {
    const Packets played = play(Renewal({}), pool, whole_day(1, {0, 1, 2, 3}, 4, line));
    const auto count = static_cast<double>(played.size());
    sum += count;
    squares += count * count;
    if (played.empty()) continue;
    EXPECT_GE(played.front().time, at(begin, 4));
    EXPECT_LT(played.back().time, at(begin + length + 10, 4));
  }
  const double mean = sum / lines;
  EXPECT_NEAR(mean, static_cast<double>(original.size()) / 4,
              4 * std::sqrt((squares / lines - mean * mean) / lines))
      << "seed " << seed;
}

TEST(Renewal, does_not_take_a_pool_of_a_moment_for_a_flood) {
  const Pool pool(home({{"hub", {packet(5, 10), packet(5.001, 10)}}}), 0);
  const Packets played = play(Renewal({}), pool, whole_day(0, {0}, 1));
  EXPECT_NEAR(static_cast<double>(played.size()), 2 * 1'440, 400);
}

TEST(Renewal, plays_nothing_of_a_device_that_was_silent) {
  const Pool pool(home({{"hub", keep_alive(60, 1)}, {"lock", {packet(5, 1, 3)}}}), 0);
  EXPECT_TRUE(play(Renewal({}), pool, whole_day(1, {0}, 1)).empty());
}

TEST(Renewal, differs_between_lines_and_not_between_runs) {
  const Pool pool(home({{"hub", keep_alive(60, 2)}}), 0);
  const Packets once = play(Renewal({}), pool, whole_day(0, {0, 1}, 2, 1));
  EXPECT_EQ(play(Renewal({}), pool, whole_day(0, {0, 1}, 2, 1)), once);
  EXPECT_NE(play(Renewal({}), pool, whole_day(0, {0, 1}, 2, 2)), once);
}

}  // namespace
}  // namespace ipet::defence::test
