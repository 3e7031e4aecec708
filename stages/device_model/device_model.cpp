#include "stages/device_model/device_model.hpp"

#include <algorithm>
#include <numeric>

#include "stages/traffic/day.hpp"

namespace ipet::device_model {

using traffic::Nanoseconds;

Nanoseconds Burst::end() const {
  return std::accumulate(packets.begin(), packets.end(), time,
                         [](Nanoseconds at, const BurstPacket& packet) { return at + packet.after; });
}

std::size_t Burst::filled() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(packets, [](const BurstPacket& packet) { return packet.size > 0; }));
}

std::size_t DeviceModel::days_recorded_at(Nanoseconds time) const {
  std::size_t days = 0;
  if (recorded.empty()) return days;
  for (Nanoseconds at = time % traffic::day; at <= recorded.back().end; at += traffic::day)
    days +=
        std::ranges::any_of(recorded, [&](const auto& span) { return span.begin <= at && at <= span.end; })
            ? 1
            : 0;
  return days;
}

}  // namespace ipet::device_model
