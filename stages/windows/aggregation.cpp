#include "stages/windows/aggregation.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "stages/traffic/day.hpp"

namespace ipet::windows {

using traffic::DevicePacket;
using traffic::Nanoseconds;

AggregateSettings AggregateSettings::make(double agg_minutes, double day_offset_hours) {
  const double seconds = agg_minutes * 60;
  if (!(seconds >= 1e-3 && seconds <= 86'400))
    throw std::invalid_argument("agg_minutes must be at least a millisecond and at most a day");
  if (!(std::abs(day_offset_hours) <= 24))
    throw std::invalid_argument("day_offset_hours must be within -24 .. 24");
  return {std::chrono::nanoseconds(std::llround(seconds * static_cast<double>(traffic::second))),
          day_offset_hours};
}

void Aggregation::Sums::add(const DevicePacket& packet) {
  if (packets == 0) {
    smallest = largest = packet.size;
    first = packet.time;
  }
  ++packets;
  bytes += packet.size;
  smallest = std::min(smallest, packet.size);
  largest = std::max(largest, packet.size);
  last = packet.time;
}

void Aggregation::add(std::span<const DevicePacket> packets, const Flush& flush) {
  for (const DevicePacket& packet : packets) {
    if (open_ && packet.time < last_packet_)
      throw std::logic_error("packets of one device are not in time order");
    if (open_ && packet.time >= end_) close();
    if (!open_) open(packet.time);
    last_packet_ = packet.time;
    const int group = (packet.direction == traffic::Direction::out ? 0 : 2) +
                      (packet.protocol == traffic::Protocol::tcp ? 0 : 1);
    sums_[group].add(packet);
  }
  flush_finished(flush);
}

void Aggregation::open(Nanoseconds time) {
  const std::int64_t day = traffic::day_of(time, settings_.day_offset_hours);
  const Nanoseconds begin = traffic::begin_of_day(day, settings_.day_offset_hours);
  const Nanoseconds bin = settings_.bin.count();
  start_ = begin + (time - begin) / bin * bin;
  end_ = std::min(start_ + bin, begin + traffic::day);
  open_ = true;
}

void Aggregation::close() {
  for (Sums& sums : sums_) {
    const double mean =
        sums.packets == 0 ? 0 : static_cast<double>(sums.bytes) / static_cast<double>(sums.packets);
    const double seconds = static_cast<double>(sums.last - sums.first) / static_cast<double>(traffic::second);
    for (const double value : {static_cast<double>(sums.packets), mean, static_cast<double>(sums.smallest),
                               static_cast<double>(sums.largest), seconds})
      done_.features.push_back(static_cast<float>(value));
    sums = {};
  }
  done_.start.push_back(start_);
  open_ = false;
}

void Aggregation::flush_finished(const Flush& flush) {
  if (done_.size() > 0) flush(done_);
  done_ = {};
}

void Aggregation::end(const Flush& flush) {
  if (open_) close();
  flush_finished(flush);
}

}  // namespace ipet::windows
