#include "stages/activity/event_rule.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/activity/seconds.hpp"

namespace ipet::activity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using traffic::DevicePacket;
using traffic::Nanoseconds;

/// Packets of a device, put together from bursts.
class Device {
 public:
  Device& burst(double begin, std::size_t packets, double gap = 0.1, std::uint32_t size = 100) {
    for (std::size_t i = 0; i < packets; ++i)
      packets_.push_back({at(begin + gap * static_cast<double>(i)), size});
    return *this;
  }
  Device& timer(double first, double period, double until) {
    for (double time = first; time < until; time += period) burst(time, 2);
    return *this;
  }
  Recording recorded(double end, double begin = 0) {
    std::ranges::sort(packets_, {}, &DevicePacket::time);
    return {at(begin), at(end), packets_};
  }

 private:
  std::vector<DevicePacket> packets_;
};

std::vector<Event> events_of(const Recording& recording) {
  return activity_of(std::span(&recording, 1)).events.front();
}

TEST(EventRule, a_burst_of_eight_packets_is_an_event_though_a_timer_predicts_it) {
  Device device;
  device.timer(5, 60, 7'200).burst(605.2, 6);  // with the two of the timer
  EXPECT_THAT(events_of(device.recorded(7'200)), ElementsAre(Event{at(605), at(605.7), 8, true, false}));
}

TEST(EventRule, packets_without_payload_do_not_count) {
  Device device;
  device.timer(5, 60, 7'200).burst(605.2, 5).burst(605.8, 20, 0.1, 0);
  EXPECT_THAT(events_of(device.recorded(7'200)), ElementsAre());
}

TEST(EventRule, a_small_burst_that_no_timer_predicts_is_an_event) {
  Device device;
  device.timer(5, 60, 7'200).burst(637, 1);
  EXPECT_THAT(events_of(device.recorded(7'200)), ElementsAre(Event{at(637), at(637), 1, false, true}));
}

TEST(EventRule, a_gap_of_two_seconds_ends_a_burst) {
  Device device;
  device.burst(100, 4).burst(102.29, 4).burst(200, 4).burst(202.3, 4);
  EXPECT_THAT(events_of(device.recorded(300)), ElementsAre(Event{at(100), at(102.59), 8, true, true},
                                                           Event{at(200), at(200.3), 4, false, true},
                                                           Event{at(202.3), at(202.6), 4, false, true}));
}

TEST(EventRule, half_a_second_off_is_predicted_and_more_is_not) {
  Device device;
  device.timer(5, 60, 7'200).timer(7'200 + 5 + 0.45, 60, 7'700).timer(7'700 + 5.6, 60, 9'000);
  const auto events = events_of(device.recorded(9'000));
  EXPECT_THAT(events, ElementsAre(Event{at(7'705.6), at(7'705.7), 2, false, true}));
}

TEST(EventRule, timers_are_fitted_on_all_days_together) {
  Device first, second;
  first.timer(5, 600, 3'600);
  second.timer(86'400 + 100, 600, 90'000);
  const std::vector<Recording> days = {first.recorded(3'600), second.recorded(90'000, 86'400)};
  EXPECT_THAT(activity_of(std::span(days).first(1)).periods, ElementsAre());  // six beats are too few
  const Activity activity = activity_of(days, {.timers = {.fewest = 10}});
  EXPECT_THAT(activity.periods, ElementsAre(at(600)));
  EXPECT_THAT(activity.events, ElementsAre(ElementsAre(), ElementsAre()));
}

TEST(EventRule, minutes_count_from_the_begin_of_the_recording_and_a_rest_is_left_out) {
  Device device;
  const Recording recording = device.recorded(30 + 4.5 * 60, 30);
  const std::vector<Event> events = {{at(30 + 50), at(30 + 61)}, {at(30 + 239), at(30 + 241)}};
  EXPECT_THAT(event_minutes(recording, events), ElementsAre(true, true, false, true));
  EXPECT_EQ(base_rate(event_minutes(recording, events)), 0.75);
  EXPECT_TRUE(std::isnan(base_rate({})));
}

TEST(EventRule, says_base_rate_and_timers) {
  Device device;
  device.timer(5, 60, 7'200).burst(605.2, 6).burst(637, 1);
  const Recording recording = device.recorded(7'200);
  EXPECT_EQ(base_rate_text(activity_of(std::span(&recording, 1)), std::span(&recording, 1)),
            "1 of 120 minutes have an event (0.00833): 2 of 121 bursts, 1 large, 1 that no timer predicts; "
            "timers: 60 s");
}

}  // namespace
}  // namespace ipet::activity
