// Recordings of a home's own past, by device and day: what chorus imitates devices from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/traffic/traces.hpp"

namespace ipet::defence {

/// A day of the pool.
struct PoolDay {
  std::int64_t number = 0;  ///< as traffic::day_of
  /// First and last packet of any device: what was recorded of the day.
  traffic::Nanoseconds begin = 0, end = 0;
  /// Recording went on from the day before, without a pause in which no device at all said anything.
  bool continues = false;
};

class Pool {
 public:
  /// Days begin `day_offset_hours` after midnight UTC. Captures are merged.
  Pool(std::shared_ptr<const traffic::Traces> traces, double day_offset_hours);

  [[nodiscard]] const std::vector<std::string>& devices() const { return traces_->devices; }
  [[nodiscard]] double day_offset_hours() const { return day_offset_hours_; }
  /// Days with any packet, ascending.
  [[nodiscard]] const std::vector<PoolDay>& days() const { return days_; }
  /// What a device sent and received on days()[day], in time order; user packets only.
  [[nodiscard]] std::span<const traffic::DevicePacket> packets(std::size_t device, std::size_t day) const;

 private:
  std::shared_ptr<const traffic::Traces> traces_;
  double day_offset_hours_;
  std::vector<PoolDay> days_;
  std::vector<std::vector<traffic::DevicePacket>> packets_;  ///< [device x day]
};

}  // namespace ipet::defence
