// Models that are written down, and models of small pools.
#pragma once

#include <initializer_list>
#include <numeric>
#include <string>
#include <vector>

#include "stages/device_model/imitated_home.hpp"
#include "tests/chorus/homes.hpp"

namespace ipet::device_model::test {

using namespace ipet::defence::test;  // NOLINT

inline constexpr Nanoseconds forever = std::numeric_limits<Nanoseconds>::max();

/// The first device of a pool, from some of its days.
inline DeviceModel fitted(const std::map<std::string, Packets>& devices, std::vector<std::size_t> days) {
  const auto pool = defence::Pool::of(home(devices), 0);
  return fit(*pool, 0, days);
}

/// A burst of packets 10 ms apart, all out.
inline Burst burst(double seconds, std::initializer_list<std::uint32_t> sizes, bool event = true) {
  Burst made{.time = defence::to_nanoseconds(seconds), .event = event};
  for (const std::uint32_t size : sizes)
    made.packets.push_back(
        {made.packets.empty() ? 0 : traffic::second / 100, size, Direction::out, Protocol::tcp});
  return made;
}

/// Recorded on one whole day.
inline DeviceModel model_of(std::vector<Burst> bursts, std::vector<Timer> timers = {},
                            const std::string& device = "cam") {
  return {device, {{0, traffic::day}}, std::move(timers), std::move(bursts)};
}

/// A model of nothing but a timer on a grid, whose beats are packets of one size.
inline DeviceModel beating(double period, double jitter = 0) {
  DeviceModel model = model_of({burst(0, {100}, false)}, {{period, true, jitter}});
  model.bursts[0].timer = 0;
  return model;
}

inline std::vector<BurstSource::Begin> begins_of(BurstSource& source, Nanoseconds until) {
  std::vector<BurstSource::Begin> begins;
  while (auto begin = source.next(until)) begins.push_back(*begin);
  return begins;
}

inline std::vector<ImitatedPacket> packets_of(ImitatedHome& home, Nanoseconds until) {
  std::vector<ImitatedPacket> packets;
  for (ImitatedPacket next; home.next(until, next);) packets.push_back(next);
  return packets;
}

}  // namespace ipet::device_model::test
