// Packets of devices at the times at which they were recorded.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stages/defence/delays.hpp"
#include "stages/records/outlet.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::records {

struct ReplayedLine {
  std::span<const traffic::DevicePacket> packets;  ///< in time order
  Outlet* outlet = nullptr;
};

struct DeviceReplayOptions {
  double speed = 1;                                   ///< the trace's time runs so many times as fast
  traffic::Nanoseconds begin = 0;                     ///< on CLOCK_MONOTONIC: when the trace's time `from` is
  traffic::Nanoseconds from = 0;                      ///< in the trace; what is earlier is left out
  traffic::Nanoseconds until = 0;                     ///< in the trace, not included
  traffic::Nanoseconds drain = 10 * traffic::second;  ///< at the end, for who reads slowly
};

/// CLOCK_MONOTONIC.
[[nodiscard]] traffic::Nanoseconds steady_time();
/// CLOCK_REALTIME, since the epoch.
[[nodiscard]] traffic::Nanoseconds wall_time();

/// Sends each packet when it is due, those of equal time in the order of the lines, and gives how late they
/// left. `waiting` is called every 0.1 s at least.
defence::DelayHistogram replay(std::span<const ReplayedLine> lines, const DeviceReplayOptions& options,
                               const Waiting& waiting);

}  // namespace ipet::records
