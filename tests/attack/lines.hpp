// Packets, lines and views of them for tests of attackers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "stages/attack/view.hpp"
#include "stages/attack/view_rows.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::attack::test {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

inline constexpr Nanoseconds millisecond = 1'000'000, s = traffic::second, minute = 60 * s,
                             hour = 60 * minute;
/// A day that begins at noon.
inline constexpr Nanoseconds noon = (1'700'000'000 / 86'400) * traffic::day + 12 * 3600 * traffic::second;

inline DevicePacket out(Nanoseconds time, std::uint32_t size, Protocol protocol = Protocol::tcp) {
  return {time, size, Direction::out, protocol, false};
}
inline DevicePacket in(Nanoseconds time, std::uint32_t size, Protocol protocol = Protocol::tcp) {
  return {time, size, Direction::in, protocol, false};
}

/// What a view makes of packets, given to it in parts of so many (0: all at once), and of those before.
inline Rows look(const View& view, const Interval& interval, const std::vector<DevicePacket>& packets,
                 std::size_t part = 0, const std::vector<DevicePacket>& before = {}) {
  Rows rows;
  rows.width = view.columns().size();
  const FeatureExtractor::Sink sink = [&](Nanoseconds start, std::span<const float> row) {
    rows.start.push_back(start);
    rows.values.insert(rows.values.end(), row.begin(), row.end());
    rows.line.push_back(0);
    rows.label.push_back(0);
  };
  const auto eye = view.open(interval);
  eye->remember(before);
  const std::size_t step = part == 0 ? packets.size() : part;
  for (std::size_t at = 0; at < packets.size(); at += step)
    eye->add(std::span(packets).subspan(at, std::min(step, packets.size() - at)), sink);
  eye->end(sink);
  return rows;
}

/// One row by the names of its columns.
inline std::map<std::string, float> named(const View& view, const Rows& rows, std::size_t i) {
  std::map<std::string, float> result;
  const std::vector<std::string> columns = view.columns();
  for (std::size_t c = 0; c < columns.size(); ++c) result[columns[c]] = rows.row(i)[c];
  return result;
}

/// Bursts and silences from microseconds to minutes, equal times among them.
inline std::vector<DevicePacket> random_line(std::uint64_t seed, std::size_t count, Nanoseconds begin) {
  traffic::Random random(seed);
  std::vector<DevicePacket> packets;
  Nanoseconds time = begin;
  for (std::size_t i = 0; i < count; ++i) {
    packets.push_back({time, static_cast<std::uint32_t>(random.below(random.below(2) == 0 ? 100 : 9000)),
                       static_cast<Direction>(random.below(2)),
                       random.below(3) == 0 ? Protocol::udp : Protocol::tcp, false});
    if (random.below(5) != 0) time += static_cast<Nanoseconds>(std::exp(random.uniform(6.9, std::log(3e11))));
  }
  return packets;
}

}  // namespace ipet::attack::test
