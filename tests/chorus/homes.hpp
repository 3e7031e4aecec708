// Small pools, and imitations of their devices.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stages/defence/periods.hpp"
#include "stages/imitation/imitator.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence::test {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;
using traffic::Random;
using traffic::StreamKey;

inline constexpr std::int64_t first_day = 18'000;  ///< number of day 0 of these tests
inline constexpr double day_seconds = 86'400;

/// Seconds after the begin of a day.
inline Nanoseconds at(double seconds, std::int64_t day = 0) {
  return (first_day + day) * traffic::day + to_nanoseconds(seconds);
}
inline double seconds_of(Nanoseconds time, std::int64_t day = 0) {
  return static_cast<double>(time - at(0, day)) / traffic::second;
}
inline DevicePacket packet(double seconds, std::uint32_t size, std::int64_t day = 0,
                           Direction direction = Direction::out, Protocol protocol = Protocol::tcp) {
  return {at(seconds, day), size, direction, protocol, false};
}

using Packets = std::vector<DevicePacket>;

/// All in one capture. Devices are numbered by name.
inline std::shared_ptr<traffic::Traces> home(const std::map<std::string, Packets>& devices) {
  auto traces = std::make_shared<traffic::Traces>();
  for (const auto& [name, packets] : devices) {
    traffic::DevicePackets in;
    in.capture_name = std::make_shared<const std::string>("home");
    in.device = std::make_shared<const std::string>(name);
    in.packets = packets;
    traces->add(in);
  }
  traces->finish();
  return traces;
}

/// Two packets every `period` seconds on some days: one out, and one in 0.2 s later.
inline Packets keep_alive(double period, std::int64_t days, std::uint32_t size = 31) {
  Packets packets;
  Random random(StreamKey(size).with(static_cast<std::uint64_t>(days)));
  for (double time = period / 2; time < day_seconds * static_cast<double>(days) - 1; time += period) {
    const double sent = time + random.uniform(-0.01, 0.01);
    packets.push_back(packet(sent, size));
    packets.push_back(packet(sent + random.uniform(0.1, 0.3), 0, 0, Direction::in));
  }
  return packets;
}

/// Bursts of `least` to 2 x `least` packets of 1,400 bytes and a shorter last one, some a day at random
/// times.
inline Packets camera(std::size_t bursts_per_day, std::int64_t days, std::uint64_t seed,
                      std::size_t least = 40) {
  Packets packets;
  Random random(StreamKey(seed).with("camera"));
  for (std::int64_t day = 0; day < days; ++day) {
    std::vector<double> times;
    for (std::size_t i = 0; i < bursts_per_day; ++i) times.push_back(random.uniform(100, day_seconds - 100));
    std::ranges::sort(times);
    for (double time : times) {
      for (std::size_t left = least + random.below(least + 1); left > 0; --left) {
        packets.push_back(packet(time, 1'400, day));
        time += random.exponential(0.02);
      }
      packets.push_back(packet(time, 1 + static_cast<std::uint32_t>(random.below(1'000)), day));
    }
  }
  std::ranges::stable_sort(packets, {}, &DevicePacket::time);
  return packets;
}

inline Packets play(const Imitator& imitator, const Pool& pool, const Imitation& imitation) {
  const auto source = imitator.imitate(pool, imitation);
  Packets packets;
  for (DevicePacket next; source->next(std::numeric_limits<Nanoseconds>::max(), next);)
    packets.push_back(next);
  return packets;
}

/// A whole day of a line, imitated from some days of the pool.
inline Imitation whole_day(std::size_t device, std::vector<std::size_t> days, std::int64_t day,
                           std::uint64_t line = 1) {
  const StreamKey across = StreamKey(line).with(device);
  return {device, std::move(days), at(0, day), at(0, day + 1), across.with(static_cast<std::uint64_t>(day)),
          across};
}

inline double bytes_of(const Packets& packets) {
  double sum = 0;
  for (const DevicePacket& each : packets) sum += each.size;
  return sum;
}

/// Seconds between the first packets of bursts that are `silence` apart.
inline std::vector<double> onset_gaps(const Packets& packets, double silence = 5) {
  std::vector<double> gaps;
  Nanoseconds onset = 0, last = 0;
  for (const DevicePacket& each : packets) {
    if (onset == 0 || each.time - last >= to_nanoseconds(silence)) {
      if (onset != 0) gaps.push_back(static_cast<double>(each.time - onset) / traffic::second);
      onset = each.time;
    }
    last = each.time;
  }
  return gaps;
}

/// Largest distance between two empirical distributions.
inline double kolmogorov_smirnov(std::vector<double> a, std::vector<double> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  double distance = 0;
  for (const auto* values : {&a, &b})
    for (const double value : *values) {
      const auto share = [&](const std::vector<double>& of) {
        return static_cast<double>(std::ranges::upper_bound(of, value) - of.begin()) /
               static_cast<double>(of.size());
      };
      distance = std::max(distance, std::abs(share(a) - share(b)));
    }
  return distance;
}

}  // namespace ipet::defence::test
