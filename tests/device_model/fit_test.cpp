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
  EXPECT_EQ(model.timers[0].lasts, 1);
  EXPECT_THAT(model.timers[0].breaks, testing::IsEmpty());
  EXPECT_EQ(model.device, "plug");
}

TEST(FittedModel, tells_jitter_around_a_beat_that_goes_on_from_a_beat_that_wanders) {
  Random random(1);
  Packets jittered, wandering;
  double at = 30;
  for (int beat = 0; beat < 1'400; ++beat) {
    jittered.push_back(packet(30 + 60 * beat + 0.1 * random.normal(), 31));
    wandering.push_back(packet(at += 60 + 0.1 * random.normal(), 31));
  }
  // Of 1,400 differences, the deviation of a deviation of 0.1 is 0.002, of a difference of covariances more.
  const DeviceModel jitter = fitted({{"plug", jittered}}, {0}), walk = fitted({{"plug", wandering}}, {0});
  ASSERT_EQ(jitter.timers.size(), 1U);
  EXPECT_NEAR(jitter.timers[0].jitter, 0.1, 0.02);
  EXPECT_LT(jitter.timers[0].walk, 0.05);
  ASSERT_EQ(walk.timers.size(), 1U);
  EXPECT_LT(walk.timers[0].jitter, 0.05);
  EXPECT_NEAR(walk.timers[0].walk, 0.1, 0.02);
}

TEST(FittedModel, knows_how_a_timer_breaks_off_and_goes_on) {
  Packets beats;
  for (int beat = 0; beat < 1'000; ++beat)
    if (beat % 100 != 99)
      beats.push_back(packet(10 + 60 * beat, 31));  // the last one of each hundred is lost
  const DeviceModel model = fitted({{"plug", beats}}, {0});
  ASSERT_EQ(model.timers.size(), 1U);
  // Ten chains of 99 beats: 980 intervals of a minute, and nine of two.
  EXPECT_NEAR(model.timers[0].lasts, 980.0 / 989, 1e-9);
  EXPECT_THAT(model.timers[0].breaks, testing::ElementsAreArray(std::vector<double>(9, 120)));
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
