// Packets of several lines put in order of time as they come, in batches that overlap by little: by low
// watermarks (traffic::DevicePackets).
#pragma once

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "stages/defence/group.hpp"

namespace ipet::defence {

/// Holds what is not earlier than the watermark: a batch of the capture, whatever its length.
class TimeMerge {
 public:
  /// The next packets of a device, in time order; several may share a line.
  void add(std::size_t line, std::span<const traffic::DevicePacket> packets) {
    for (const traffic::DevicePacket& packet : packets) held_.push_back({line, packet});
  }
  /// All that is earlier than `until`, by time; at equal times by line, then as they came.
  [[nodiscard]] std::vector<LinePacket> take(traffic::Nanoseconds until) {
    const auto early = std::stable_partition(
        held_.begin(), held_.end(), [until](const LinePacket& each) { return each.packet.time < until; });
    std::vector<LinePacket> taken(held_.begin(), early);
    held_.erase(held_.begin(), early);
    std::ranges::stable_sort(taken, {},
                             [](const LinePacket& each) { return std::pair(each.packet.time, each.line); });
    return taken;
  }

 private:
  std::vector<LinePacket> held_;
};

}  // namespace ipet::defence
