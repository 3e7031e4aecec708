// Sums one device's packets up over bins of some minutes (stages/windows/README.md "Aggregates"). All time
// arithmetic is on integer nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "stages/windows/aggregate.hpp"

namespace ipet::windows {

/// Bins are half open and aligned to the capture's day, not to its first packet: a day begins
/// `day_offset_hours` after midnight UTC, as in the split by day (traffic::day_of), bin k of it holds the
/// packets with begin of day + k bin <= time < begin of day + (k + 1) bin, and where the length does not
/// divide a day, its last bin ends with it. So no bin belongs to two days, and clean and defended traffic
/// have the same bins.
struct AggregateSettings {
  std::chrono::nanoseconds bin = std::chrono::minutes(15);
  double day_offset_hours = 0;

  /// Throws std::invalid_argument unless the bin is at least a millisecond and at most a day, and the offset
  /// within a day.
  static AggregateSettings make(double agg_minutes, double day_offset_hours);
  [[nodiscard]] double bin_seconds() const {
    return static_cast<double>(bin.count()) / static_cast<double>(traffic::second);
  }
};

/// Rows as they are finished, without their labels.
struct Aggregates {
  std::vector<float> features;              ///< [row, aggregate column]
  std::vector<traffic::Nanoseconds> start;  ///< [row], begin of the bin
  [[nodiscard]] std::size_t size() const { return start.size(); }
};

class Aggregation {
 public:
  /// Called with the rows that are finished: what it takes must be copied or moved out, the rest is cleared.
  using Flush = std::function<void(Aggregates&)>;

  explicit Aggregation(const AggregateSettings& settings) : settings_(settings) {}

  /// Packets in time order. Flushes the bins that they finish. Throws std::logic_error when a packet is older
  /// than the one before it.
  void add(std::span<const traffic::DevicePacket> packets, const Flush& flush);
  /// The recording ends: finishes the open bin.
  void end(const Flush& flush);

 private:
  /// Packets of one direction and protocol.
  struct Sums {
    std::uint64_t packets = 0, bytes = 0;
    std::uint32_t smallest = 0, largest = 0;
    traffic::Nanoseconds first = 0, last = 0;
    void add(const traffic::DevicePacket& packet);
  };
  void open(traffic::Nanoseconds time);
  void close();
  void flush_finished(const Flush& flush);

  AggregateSettings settings_;
  Aggregates done_;
  Sums sums_[4];  ///< out_tcp, out_udp, in_tcp, in_udp: as the columns
  bool open_ = false;
  traffic::Nanoseconds start_ = 0, end_ = 0;  ///< of the open bin
  traffic::Nanoseconds last_packet_ = 0;
};

}  // namespace ipet::windows
