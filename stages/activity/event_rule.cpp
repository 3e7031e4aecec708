#include "stages/activity/event_rule.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "stages/imitation/bursts.hpp"

namespace ipet::activity {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

/// All bursts of a recording, as events of no kind yet.
std::vector<Event> bursts_in(const Recording& recording, Nanoseconds gap) {
  std::vector<DevicePacket> filled;  // with payload
  std::ranges::copy_if(recording.packets, std::back_inserter(filled),
                       [](const DevicePacket& packet) { return packet.size > 0; });
  std::vector<Event> bursts;
  for (const defence::Burst& burst :
       defence::bursts_of(filled, {gap, std::numeric_limits<Nanoseconds>::max()}))
    bursts.push_back({filled[burst.first].time, filled[burst.last - 1].time, burst.last - burst.first});
  return bursts;
}

Begins begins_of(const std::vector<Event>& bursts) {
  Begins begins;
  for (const Event& burst : bursts) begins.push_back(burst.begin);
  return begins;
}

std::string seconds_text(Nanoseconds time) {
  char text[64];
  std::snprintf(text, sizeof text, "%.4g s", static_cast<double>(time) / traffic::second);
  return text;
}

}  // namespace

Activity activity_of(std::span<const Recording> recordings, const EventRule& rule) {
  Activity activity;
  std::vector<Begins> begins;
  for (const Recording& recording : recordings) {
    activity.events.push_back(bursts_in(recording, rule.gap));
    activity.bursts += activity.events.back().size();
    begins.push_back(begins_of(activity.events.back()));
  }
  const Timers timers(begins, rule.timers);
  activity.periods = timers.periods();
  for (std::size_t r = 0; r < recordings.size(); ++r) {
    const auto predicted = timers.which(begins[r], recordings[r].begin);
    auto& bursts = activity.events[r];
    for (std::size_t i = 0; i < bursts.size(); ++i) {
      bursts[i].large = bursts[i].packets >= rule.large;
      bursts[i].unpredicted = !predicted[i];
    }
    std::erase_if(bursts, [](const Event& burst) { return !burst.large && !burst.unpredicted; });
  }
  return activity;
}

std::vector<bool> event_minutes(const Recording& recording, std::span<const Event> events) {
  std::vector<bool> minutes(
      static_cast<std::size_t>(std::max<Nanoseconds>(0, recording.end - recording.begin) / minute));
  for (const Event& event : events)
    for (auto at = (event.begin - recording.begin) / minute; at <= (event.end - recording.begin) / minute;
         ++at)
      if (at >= 0 && static_cast<std::size_t>(at) < minutes.size())
        minutes[static_cast<std::size_t>(at)] = true;
  return minutes;
}

double base_rate(const std::vector<bool>& minutes) {
  return static_cast<double>(std::ranges::count(minutes, true)) / static_cast<double>(minutes.size());
}

std::string base_rate_text(const Activity& activity, std::span<const Recording> recordings) {
  std::vector<bool> minutes;
  std::size_t events = 0, large = 0, unpredicted = 0;
  for (std::size_t r = 0; r < recordings.size(); ++r) {
    const std::vector<bool> own = event_minutes(recordings[r], activity.events[r]);
    minutes.insert(minutes.end(), own.begin(), own.end());
    events += activity.events[r].size();
    large += static_cast<std::size_t>(std::ranges::count(activity.events[r], true, &Event::large));
    unpredicted +=
        static_cast<std::size_t>(std::ranges::count(activity.events[r], true, &Event::unpredicted));
  }
  char text[256];
  std::snprintf(text, sizeof text,
                "%zu of %zu minutes have an event (%.3g): %zu of %zu bursts, %zu large, %zu that no timer "
                "predicts; timers:",
                static_cast<std::size_t>(std::ranges::count(minutes, true)), minutes.size(),
                base_rate(minutes), events, activity.bursts, large, unpredicted);
  std::string timers;
  for (const Nanoseconds period : activity.periods)
    timers += (timers.empty() ? " " : ", ") + seconds_text(period);
  return text + (timers.empty() ? " none" : timers);
}

}  // namespace ipet::activity
