// Random traffic of several devices, and what unison makes of it.
#pragma once

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "stages/defence/group_mixer.hpp"
#include "stages/unison/unison.hpp"

namespace ipet::defence::test {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

/// 2023-11-14T22:13:20Z
inline constexpr Nanoseconds start = 1'700'000'000 * traffic::second;

inline std::vector<Line> lines_of(const std::vector<std::string>& devices,
                                  std::optional<Line::Span> up = std::nullopt) {
  std::vector<Line> lines;
  for (const std::string& device : devices) lines.push_back({device, 3, up});
  return lines;
}

/// Bursts of 1 to 20 packets about a millisecond apart, a second between them, of any of the lines but the
/// last one, both ways; some at the same time as the one before, some without payload.
inline std::vector<LinePacket> random_home(std::size_t lines, std::size_t packets, std::uint64_t seed,
                                           Nanoseconds from = start) {
  traffic::Random random(seed);
  std::vector<LinePacket> user;
  Nanoseconds time = from;
  while (user.size() < packets) {
    const std::size_t line = random.below(lines - 1);
    for (std::uint64_t left = 1 + random.below(20); left > 0; --left) {
      user.push_back(
          {line,
           {time, static_cast<std::uint32_t>(random.below(1'461)), static_cast<Direction>(random.below(2)),
            random.below(2) == 0 ? Protocol::tcp : Protocol::udp, false}});
      if (random.below(10) > 0) time += static_cast<Nanoseconds>(random.exponential(1e6));
    }
    time += static_cast<Nanoseconds>(random.exponential(1e9));
  }
  return user;
}

struct MixedGroup {
  std::vector<std::vector<DevicePacket>> lines;
  std::vector<MixSummary> summaries;
};

/// In messages of so many packets.
inline MixedGroup mix_group(const Defence& defence, const std::vector<Line>& lines,
                            const std::vector<LinePacket>& user, const Resources& resources = Resources(20),
                            std::size_t message = 100) {
  MixerOptions options;
  options.defence = "unison";
  GroupMixer mixer(defence, resources, lines, options);
  MixedGroup mixed;
  mixed.lines.resize(lines.size());
  const GroupMixer::Output output = [&](std::size_t line, std::vector<DevicePacket>&& packets) {
    mixed.lines[line].insert(mixed.lines[line].end(), packets.begin(), packets.end());
  };
  for (std::size_t at = 0; at < user.size(); at += message)
    mixer.mix(std::span(user).subspan(at, std::min(message, user.size() - at)), output);
  mixer.finish(output);
  for (std::size_t line = 0; line < lines.size(); ++line) mixed.summaries.push_back(mixer.summary(line));
  return mixed;
}

/// Another one each time, and printed.
inline std::uint64_t fresh_seed() {
  const auto seed = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  std::cout << "seed " << seed << "\n";
  return seed;
}

inline std::uint64_t payload_of(const Count (&counts)[2]) {
  return counts[0].payload_bytes + counts[1].payload_bytes;
}

}  // namespace ipet::defence::test
