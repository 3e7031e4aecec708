// Timers that go on, and all that is imitated as one stream.
#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/device_model/models.hpp"

namespace ipet::device_model::test {
namespace {

std::vector<Nanoseconds> beats(const DeviceModel& model, Nanoseconds from, Nanoseconds until,
                               std::size_t timer = 0) {
  const auto source = timer_source(Repertoire::of_rest(model), timer, StreamKey(9).with(timer), from, 0);
  std::vector<Nanoseconds> times;
  for (const auto& begin : begins_of(*source, until))
    if (begin.time >= from) times.push_back(begin.time);
  return times;
}

TEST(ImitatedTimers, go_on_over_midnight_on_lines_that_are_made_day_by_day) {
  const DeviceModel model = beating(61.7, 0.05);
  std::vector<Nanoseconds> whole = beats(model, at(0), at(0, 3)), by_day;
  for (int day = 0; day < 3; ++day)
    for (const Nanoseconds time : beats(model, at(0, day), at(0, day + 1))) by_day.push_back(time);
  EXPECT_EQ(by_day, whole);
  EXPECT_NEAR(static_cast<double>(whole.size()), 3 * 86'400 / 61.7, 3);
  // Also across the midnights, an interval is a period: six deviations of jitter twice.
  for (std::size_t i = 1; i < whole.size(); ++i)
    ASSERT_NEAR(static_cast<double>(whole[i] - whole[i - 1]) / 1e9, 61.7, 6 * 0.0708);
}

TEST(ImitatedTimers, of_one_device_keep_each_its_phase) {
  DeviceModel model = beating(60);
  model.timers.push_back({300, true});
  model.bursts.push_back(burst(10, {700}, false));
  model.bursts.back().timer = 1;
  const auto short_ones = beats(model, at(0), at(0, 2), 0), long_ones = beats(model, at(0), at(0, 2), 1);
  const auto phase = [](Nanoseconds time, double period) {
    return static_cast<Nanoseconds>(time % defence::to_nanoseconds(period));
  };
  for (const Nanoseconds time : short_ones) ASSERT_EQ(phase(time, 60), phase(short_ones[0], 60));
  for (const Nanoseconds time : long_ones) ASSERT_EQ(phase(time, 300), phase(long_ones[0], 300));
  EXPECT_NE(phase(short_ones[0], 60), phase(long_ones[0], 60));
}

/// A timer whose beats wait for each other, so many seconds, and send packets of 101 bytes and more.
DeviceModel waiting(const std::vector<double>& intervals) {
  DeviceModel model = model_of({}, {{60}});
  double at = 10;
  for (std::size_t beat = 0; beat <= intervals.size(); ++beat) {
    model.bursts.push_back(burst(at, {static_cast<std::uint32_t>(101 + beat)}, false));
    model.bursts.back().timer = 0;
    at += beat < intervals.size() ? intervals[beat] : 0;
  }
  return model;
}

TEST(ImitatedTimers, that_wait_for_each_other_break_off_as_often_as_recorded) {
  const auto times = beats(waiting({60, 60, 60, 90, 60, 60, 60, 200}), at(0), at(0, 20));
  std::map<double, double> counts;
  for (std::size_t i = 1; i < times.size(); ++i)
    ++counts[std::round(static_cast<double>(times[i] - times[i - 1]) / 1e9)];
  EXPECT_EQ(counts.size(), 3U);
  // Of some 21,000 intervals an eighth each.
  EXPECT_NEAR(counts[90] / static_cast<double>(times.size()), 0.125, 0.02);
  EXPECT_NEAR(counts[200] / static_cast<double>(times.size()), 0.125, 0.02);
}

TEST(ImitatedTimers, that_wait_for_each_other_go_on_over_midnight_too) {
  const DeviceModel model = waiting({60, 61, 59, 60, 62});
  const auto whole = beats(model, at(0), at(0, 2)), second = beats(model, at(0, 1), at(0, 2));
  EXPECT_TRUE(std::equal(second.rbegin(), second.rend(), whole.rbegin()));
  for (std::size_t i = 1; i < whole.size(); ++i)
    ASSERT_NEAR(static_cast<double>(whole[i] - whole[i - 1]) / 1e9, 60.5, 1.6) << i;
}

TEST(ImitatedTimers, on_a_grid_leave_beats_out_and_come_back_to_it) {
  DeviceModel model = beating(60);
  model.timers[0].sent = 0.75;
  const auto times = beats(model, at(0), at(0, 10));
  EXPECT_NEAR(static_cast<double>(times.size()), 0.75 * 14'400, 260);  // a deviation of 52
  for (const Nanoseconds time : times) ASSERT_EQ((time - times[0]) % (60 * traffic::second), 0);
}

TEST(ImitatedTimers, send_their_bursts_mostly_in_the_recorded_order) {
  const DeviceModel model = waiting(std::vector<double>(50, 60));
  const auto source = timer_source(Repertoire::of_rest(model), 0, StreamKey(1), at(0), 0);
  const auto begins = begins_of(*source, at(0, 5));
  double in_order = 0;
  for (std::size_t i = 1; i < begins.size(); ++i)
    in_order += begins[i].burst == begins[i - 1].burst + 1 ? 1 : 0;
  // But for one in eight, and where the last one has no next.
  EXPECT_NEAR(in_order / static_cast<double>(begins.size()), 0.86, 0.03);
}

ImitatedHome home_of(Nanoseconds from, Nanoseconds not_before = 0) {
  ImitatedHome home(from, 1'000);
  const auto events = Repertoire::of_events({model_of({burst(3'600, {500, 501}), burst(7'200, {600})}),
                                             model_of({burst(3'605, {700})}, {}, "lock")},
                                            40);
  home.add(moments_source([=](std::int64_t) { return events; }, StreamKey(1), from, 0, Hours::own, 24, 0),
           not_before);
  const auto plug = Repertoire::of_rest(beating(60, 0.1));
  home.add(timer_source(plug, 0, StreamKey(2), from, 2), not_before);
  return home;
}

TEST(ImitatedHome, tells_packets_in_time_order_of_the_resolution_of_recordings) {
  ImitatedHome home = home_of(at(0));
  const auto packets = packets_of(home, at(0, 2));
  std::size_t counts[3] = {};
  for (std::size_t i = 0; i < packets.size(); ++i) {
    ++counts[packets[i].device];
    ASSERT_GE(packets[i].packet.time, at(0));
    ASSERT_LT(packets[i].packet.time, at(0, 2));
    ASSERT_EQ(packets[i].packet.time % 1'000, 0);
    ASSERT_LE(packets[i == 0 ? 0 : i - 1].packet.time, packets[i].packet.time);
  }
  EXPECT_GT(counts[0], 80U);
  EXPECT_GT(counts[1], 40U);
  EXPECT_NEAR(static_cast<double>(counts[2]), 2'880, 2);
}

TEST(ImitatedHome, is_the_same_whatever_times_are_asked_for) {
  ImitatedHome at_once = home_of(at(0)), bit_by_bit = home_of(at(0));
  const auto all = packets_of(at_once, at(0, 1));
  std::vector<ImitatedPacket> parts;
  Random random(3);
  for (Nanoseconds until = at(0); until < at(0, 1);) {
    until = std::min(at(0, 1), until + static_cast<Nanoseconds>(random.exponential(2e10)));
    for (const ImitatedPacket& each : packets_of(bit_by_bit, until)) parts.push_back(each);
  }
  ASSERT_EQ(parts.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(parts[i].packet, all[i].packet) << i;
    ASSERT_EQ(parts[i].device, all[i].device) << i;
  }
}

TEST(ImitatedHome, begins_no_burst_before_its_source_may) {
  ImitatedHome home = home_of(at(0), at(0, 1));
  const auto packets = packets_of(home, at(0, 2));
  ASSERT_FALSE(packets.empty());
  EXPECT_GE(packets.front().packet.time, at(0, 1));
}

}  // namespace
}  // namespace ipet::device_model::test
