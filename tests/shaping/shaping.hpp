// Runs shapers and schedules on packets given in seconds.
#pragma once

#include <vector>

#include "stages/defence/cover_schedule.hpp"
#include "stages/defence/periods.hpp"
#include "stages/defence/shaper.hpp"

namespace ipet::defence::test {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

inline Nanoseconds at(double seconds) {
  return to_nanoseconds(seconds);
}
inline DevicePacket packet(double seconds, std::uint32_t size, Direction direction = Direction::out) {
  return {at(seconds), size, direction, Protocol::tcp, false};
}

/// All cells that are due before `end` seconds.
inline std::vector<Cell> run(Shaper& shaper, const std::vector<DevicePacket>& user, double end) {
  std::vector<Cell> cells;
  for (const DevicePacket& each : user) {
    for (Cell cell; shaper.next(each.time, cell);) cells.push_back(cell);
    shaper.arrive(each);
  }
  for (Cell cell; shaper.next(at(end), cell);) cells.push_back(cell);
  return cells;
}

/// All dummies that are due before `end` seconds.
inline std::vector<DevicePacket> run(CoverSchedule& schedule, const std::vector<DevicePacket>& user,
                                     double end) {
  std::vector<DevicePacket> dummies;
  for (const DevicePacket& each : user) {
    for (DevicePacket dummy; schedule.next(each.time, dummy);) dummies.push_back(dummy);
    schedule.user_packet(each);
  }
  for (DevicePacket dummy; schedule.next(at(end), dummy);) dummies.push_back(dummy);
  return dummies;
}

struct Sums {
  std::uint64_t cells = 0, bytes = 0, user = 0, misdirected = 0;
};
inline Sums sums_of(const std::vector<Cell>& cells, Direction direction) {
  Sums sums;
  for (const Cell& cell : cells) {
    if (cell.direction != direction) continue;
    ++sums.cells;
    sums.bytes += cell.size;
    sums.user += cell.user_bytes;
    sums.misdirected += cell.misdirected;
  }
  return sums;
}

}  // namespace ipet::defence::test
