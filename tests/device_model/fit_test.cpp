// What a model knows of a device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/device_model/models.hpp"

namespace ipet::device_model::test {
namespace {

TEST(FittedModel, has_the_timer_that_the_device_has) {
  const DeviceModel model = fitted({{"plug", keep_alive(60, 2)}}, {0, 1});
  ASSERT_EQ(model.timers.size(), 1U);
  EXPECT_NEAR(model.timers[0].period, 60, 0.01);
  EXPECT_EQ(model.device, "plug");
}

TEST(FittedModel, tells_beats_around_a_grid_from_beats_that_wait_for_each_other) {
  Random random(1);
  Packets jittered, waiting;
  double at = 30;
  for (int beat = 0; beat < 1'400; ++beat) {
    const double late = 0.1 * random.normal();
    if (beat % 10 != 9) jittered.push_back(packet(30 + 60 * beat + late, 31));  // one of ten is lost
    waiting.push_back(packet(at += 60 + 0.1 * random.normal(), 31));
  }
  const DeviceModel grid = fitted({{"plug", jittered}}, {0}), walk = fitted({{"plug", waiting}}, {0});
  ASSERT_EQ(grid.timers.size(), 1U);
  EXPECT_TRUE(grid.timers[0].keeps_time);
  EXPECT_NEAR(grid.timers[0].jitter, 0.1, 0.01);  // of 1,260: a deviation of 0.003
  EXPECT_NEAR(grid.timers[0].sent, 0.9, 0.001);
  ASSERT_EQ(walk.timers.size(), 1U);
  EXPECT_FALSE(walk.timers[0].keeps_time);
}

TEST(FittedModel, has_a_timer_for_each_kind_of_burst_that_comes_regularly) {
  // Beats of 27 and of 61 s that are early or late by up to a tenth, with sizes of their own.
  Random random(2);
  Packets packets;
  for (double time = 5; time < day_seconds - 20; time += 27)
    packets.push_back(
        packet(time + random.uniform(-1.3, 1.3), 85 + static_cast<std::uint32_t>(random.below(10))));
  for (double time = 9; time < day_seconds - 20; time += 61)
    packets.push_back(
        packet(time + random.uniform(-3, 3), 310 + static_cast<std::uint32_t>(random.below(40))));
  std::ranges::stable_sort(packets, {}, &DevicePacket::time);
  const DeviceModel model = fitted({{"plug", packets}}, {0});
  ASSERT_GE(model.timers.size(), 2U);
  // Where beats of both fall into one burst, it is of another kind.
  EXPECT_NEAR(model.timers[0].period, 27, 0.3);
  EXPECT_NEAR(model.timers[1].period, 61, 0.6);
  for (const Burst& each : model.bursts)
    if (each.timer == 0U) {
      EXPECT_THAT(each.packets, testing::Contains(testing::Field(&BurstPacket::size, testing::Lt(95U))));
    }
}

TEST(FittedModel, has_one_timer_of_a_device_that_loses_beats) {
  Packets beats;
  for (int beat = 0; beat < 1'000; ++beat)
    if (beat % 100 != 99) beats.push_back(packet(10 + 60 * beat, 31));
  const DeviceModel model = fitted({{"plug", beats}}, {0});
  ASSERT_EQ(model.timers.size(), 1U);
  EXPECT_EQ(model.timers[0].period, 60);
  EXPECT_TRUE(std::ranges::all_of(model.bursts, [](const Burst& each) { return each.timer == 0U; }));
}

TEST(FittedModel, takes_a_burst_with_a_beat_among_its_packets_for_the_beat) {
  Packets packets = keep_alive(60, 1);
  // The camera's clip begins a second before the beat of 600 s and ends after it; another one half a minute
  // on.
  for (const double begin : {10 * 60 + 29.0, 20 * 60 + 58.0})
    for (int i = 0; i < 20; ++i) packets.push_back(packet(begin + 0.1 * i, 1'000));
  std::ranges::stable_sort(packets, {}, &DevicePacket::time);
  const DeviceModel model = fitted({{"cam", packets}}, {0});
  std::vector<bool> beats;
  for (const Burst& each : model.bursts)
    if (each.filled() > 2) beats.push_back(each.timer.has_value());
  EXPECT_THAT(beats, testing::ElementsAre(true, false));
}

TEST(FittedModel, divides_bursts_into_beats_of_timers_and_events) {
  Packets packets = keep_alive(60, 1);
  for (int i = 0; i < 10; ++i) packets.push_back(packet(40'017 + 0.01 * i, 1'000));
  packets.push_back(packet(50'041, 77));
  std::ranges::stable_sort(packets, {}, &DevicePacket::time);
  const DeviceModel model = fitted({{"cam", packets}}, {0});
  std::vector<std::size_t> events;
  for (const Burst& each : model.bursts) {
    EXPECT_EQ(each.timer.has_value(), each.packets[0].size == 31) << seconds_of(each.time);
    EXPECT_TRUE(each.event || each.packets[0].size == 31);
    if (each.event) events.push_back(each.packets.size());
  }
  // The large burst and the irregular one.
  EXPECT_THAT(events, testing::ElementsAre(10, 1));
}

TEST(FittedModel, takes_packets_without_payload_along_with_the_burst_that_they_are_in) {
  const DeviceModel model = fitted({{"plug", keep_alive(60, 1)}}, {0});
  for (const Burst& each : model.bursts) {
    ASSERT_EQ(each.packets.size(), 2U);
    EXPECT_EQ(each.packets[1].size, 0U);
    EXPECT_EQ(each.packets[1].direction, Direction::in);
    EXPECT_EQ(each.filled(), 1U);
  }
}

TEST(FittedModel, is_made_of_the_days_that_are_named_and_of_no_others) {
  const auto all = camera(20, 3, 5);
  Packets second;
  for (const DevicePacket& each : all)
    if (each.time >= at(0, 1) && each.time < at(0, 2)) second.push_back(each);
  // One other device is there on all days, so that days have the same numbers.
  const DeviceModel of_all = fitted({{"cam", all}, {"plug", keep_alive(60, 3)}}, {1});
  const DeviceModel of_second = fitted({{"cam", second}, {"plug", keep_alive(60, 3)}}, {1});
  EXPECT_EQ(of_all, of_second);
  EXPECT_EQ(of_all.bursts.size(), 20U);
}

TEST(AbridgedModel, keeps_the_rate_of_what_it_leaves_out) {
  DeviceModel model = beating(60);
  for (int i = 1; i <= 10; ++i) model.bursts.push_back(burst(1'000 * i, {500, 500}));
  for (int i = 1; i <= 9; ++i) model.bursts.push_back(model.bursts[0]);
  const DeviceModel shorter = abridged(model, 3, 8);
  EXPECT_EQ(std::ranges::count_if(shorter.bursts, [](const Burst& each) { return each.timer == 0U; }), 3);
  EXPECT_EQ(shorter.bursts.size(), 7U);  // and four bursts of two packets
  EXPECT_DOUBLE_EQ(shorter.times, 10.0 / 4);
}

}  // namespace
}  // namespace ipet::device_model::test
