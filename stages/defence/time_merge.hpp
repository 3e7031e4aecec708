// Packets of several lines put in order of time as they come, in batches that overlap by little: by low
// watermarks (traffic::DevicePackets).
#pragma once

#include <algorithm>
#include <deque>
#include <span>
#include <vector>

#include "stages/defence/group.hpp"

namespace ipet::defence {

/// Holds what is not earlier than the watermark: a batch of the capture, whatever its length.
class TimeMerge {
 public:
  /// The next packets of a line, in time order.
  void add(std::size_t line, std::span<const traffic::DevicePacket> packets) {
    if (line >= held_.size()) held_.resize(line + 1);
    held_[line].insert(held_[line].end(), packets.begin(), packets.end());
  }
  /// All that is earlier than `until`, by time; at equal times by line, then as they came.
  [[nodiscard]] std::vector<LinePacket> take(traffic::Nanoseconds until) {
    std::vector<LinePacket> taken;
    for (std::size_t line = 0; line < held_.size(); ++line) {
      auto& held = held_[line];
      const auto early = std::ranges::lower_bound(held, until, {}, &traffic::DevicePacket::time);
      for (auto packet = held.begin(); packet != early; ++packet) taken.push_back({line, *packet});
      held.erase(held.begin(), early);
    }
    std::ranges::stable_sort(taken, {}, [](const LinePacket& each) { return each.packet.time; });
    return taken;
  }

 private:
  std::vector<std::deque<traffic::DevicePacket>> held_;  ///< by line
};

}  // namespace ipet::defence
