#include "stages/defence/pool.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;

namespace {

/// No home is silent for so long: what is between two packets of a recording.
constexpr traffic::Nanoseconds longest_silence = 3'600 * traffic::second;

}  // namespace

Pool::Pool(std::shared_ptr<const traffic::Traces> traces, double day_offset_hours)
    : traces_(std::move(traces)), day_offset_hours_(day_offset_hours) {
  if (traces_ == nullptr) throw std::invalid_argument("a pool needs recordings");
  std::map<std::int64_t, PoolDay> days;
  for (const traffic::Trace& trace : traces_->traces)
    for (const DevicePacket& packet : trace.packets) {
      if (packet.dummy) continue;
      const std::int64_t number = traffic::day_of(packet.time, day_offset_hours);
      PoolDay& day = days.try_emplace(number, PoolDay{number, packet.time, packet.time}).first->second;
      day.begin = std::min(day.begin, packet.time);
      day.end = std::max(day.end, packet.time);
    }
  for (const auto& [number, day] : days) {
    days_.push_back(day);
    if (days_.size() < 2) continue;
    const PoolDay& before = days_[days_.size() - 2];
    days_.back().continues = before.number + 1 == number && day.begin - before.end < longest_silence;
  }

  packets_.resize(devices().size() * days_.size());
  for (const traffic::Trace& trace : traces_->traces)
    for (const DevicePacket& packet : trace.packets) {
      if (packet.dummy) continue;
      const std::int64_t number = traffic::day_of(packet.time, day_offset_hours);
      const auto day = std::ranges::lower_bound(days_, number, {}, &PoolDay::number) - days_.begin();
      packets_[trace.device * days_.size() + static_cast<std::size_t>(day)].push_back(packet);
    }
  // Captures of one day may overlap.
  for (auto& packets : packets_) std::ranges::stable_sort(packets, {}, &DevicePacket::time);
}

std::span<const DevicePacket> Pool::packets(std::size_t device, std::size_t day) const {
  return packets_.at(device * days_.size() + day);
}

}  // namespace ipet::defence
