// A device whose law is known: every 60 s, 0.2 s more or less, it sends 100 bytes, and gets 300 bytes 40 to
// 60 ms later.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stages/gan/gan_imitator.hpp"

namespace ipet::gan::test {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;
using traffic::second;

inline constexpr std::int64_t first_day = 18'000;

inline std::vector<DevicePacket> toy_day(std::int64_t day, std::uint64_t seed, double seconds) {
  traffic::Random random(traffic::StreamKey(seed).with(static_cast<std::uint64_t>(day)));
  std::vector<DevicePacket> packets;
  const Nanoseconds begin = day * traffic::day;
  for (double time = 30; time < seconds; time += random.uniform(59.8, 60.2)) {
    packets.push_back({begin + std::llround(time * 1e9), 100, Direction::out, Protocol::tcp, false});
    packets.push_back({packets.back().time + std::llround(random.uniform(0.04, 0.06) * 1e9), 300,
                       Direction::in, Protocol::tcp, false});
  }
  return packets;
}

/// Device 0 is the toy, 1 has no packet, 2 sends a few packets on the first day only.
inline defence::Pool toy_pool(std::uint64_t seed, std::size_t days = 2, double seconds = 86'400) {
  auto traces = std::make_shared<traffic::Traces>();
  const auto add = [&](const std::string& name, std::vector<DevicePacket> packets) {
    traffic::DevicePackets message;
    message.capture_name = std::make_shared<const std::string>("home.pcap");
    message.device = std::make_shared<const std::string>(name);
    message.declared_devices =
        std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"toy", "silent", "rare"});
    message.packets = std::move(packets);
    traces->add(message);
  };
  for (std::size_t day = 0; day < days; ++day)
    add("toy", toy_day(first_day + static_cast<std::int64_t>(day), seed, seconds));
  const Nanoseconds noon = first_day * traffic::day + 21'600 * second;
  add("rare", {{noon, 7, Direction::out, Protocol::udp, false},
               {noon + 1000 * second, 9, Direction::in, Protocol::udp, false},
               {noon + 4000 * second, 7, Direction::out, Protocol::udp, false}});
  traces->finish();
  return {traces, 0};
}

/// Small enough for instrumented builds.
inline Options quick() {
  Options options;
  options.most_samples = 12'000;
  options.stages = 1;
  options.discriminator_steps = 30;
  options.generator_steps = 10;
  return options;
}

/// What a voice says in a day that begins at midnight, `days` after the first one of the pool.
inline std::vector<DevicePacket> imitate(const defence::Imitator& imitator, const defence::Pool& pool,
                                         std::size_t device, std::uint64_t seed, double seconds = 43'200,
                                         std::vector<std::size_t> days = {0, 1}) {
  const Nanoseconds begin = (first_day + 5) * traffic::day;
  const auto voice = imitator.imitate(
      pool, {device, std::move(days), begin, begin + std::llround(seconds * 1e9), traffic::StreamKey(seed)});
  std::vector<DevicePacket> packets;
  for (DevicePacket packet; voice->next(begin + traffic::day, packet);) packets.push_back(packet);
  return packets;
}

}  // namespace ipet::gan::test
