// Recordings of a home's own past, by device and day: what chorus imitates devices from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/pool/memo.hpp"
#include "stages/traffic/traces.hpp"

namespace ipet::defence {

/// The time from the first to the last packet of any device.
struct RecordedSpan {
  traffic::Nanoseconds begin = 0, end = 0;
  bool operator==(const RecordedSpan&) const = default;
};

/// A day of the pool.
struct PoolDay {
  std::int64_t number = 0;  ///< as traffic::day_of
  /// First and last packet of any device.
  traffic::Nanoseconds begin = 0, end = 0;
  /// Recording went on from the day before, without a pause in which no device at all said anything.
  bool continues = false;
  /// What was recorded of it, ascending, at least one: an hour in which no device said anything is taken for
  /// a time at which nobody recorded, unless there are more than two of them: then the home is a quiet one.
  std::vector<RecordedSpan> recorded = {};

  [[nodiscard]] double recorded_seconds() const { return recorded_seconds_before(end); }
  /// Up to that time.
  [[nodiscard]] double recorded_seconds_before(traffic::Nanoseconds time) const;
  [[nodiscard]] bool recorded_at(traffic::Nanoseconds time) const;
};

class Pool {
 public:
  /// Days begin `day_offset_hours` after midnight UTC. Captures are merged: packets of a device and day that
  /// lie in one trace, in order and without dummies, stay where they are, others are copied, 16 bytes each.
  Pool(std::shared_ptr<const traffic::Traces> traces, double day_offset_hours);
  Pool& operator=(Pool&&) = delete;  // spans lead into it

  /// The same for all who ask for these traces and this offset, as long as one of them keeps it.
  static std::shared_ptr<const Pool> of(const std::shared_ptr<const traffic::Traces>& traces,
                                        double day_offset_hours);

  [[nodiscard]] const std::vector<std::string>& devices() const { return traces_->devices; }
  [[nodiscard]] double day_offset_hours() const { return day_offset_hours_; }
  /// Days with any packet, ascending.
  [[nodiscard]] const std::vector<PoolDay>& days() const { return days_; }
  /// What a device sent and received on days()[day], in time order; user packets only.
  [[nodiscard]] std::span<const traffic::DevicePacket> packets(std::size_t device, std::size_t day) const {
    return packets_.at(device * days_.size() + day);
  }

  /// What was worked out from the packets of a device on some days, and with `option`, for all who need it:
  /// as Memo::get. It does not outlive the pool.
  template <typename T, typename Make>
  [[nodiscard]] std::shared_ptr<const T> memo(std::size_t device, std::span<const std::size_t> days,
                                              std::int64_t option, const Make& make) const {
    return memo_.get<T>(memo_key(device, days, option), make);
  }
  static constexpr std::size_t most_memo_bytes = std::size_t{256} << 20;

 private:
  static std::string memo_key(std::size_t device, std::span<const std::size_t> days, std::int64_t option);
  void find_days();
  void find_packets();

  std::shared_ptr<const traffic::Traces> traces_;
  double day_offset_hours_;
  std::vector<PoolDay> days_;
  std::vector<std::span<const traffic::DevicePacket>> packets_;  ///< [device x day]
  std::vector<std::vector<traffic::DevicePacket>> merged_;       ///< that some of them lead into
  mutable Memo memo_{most_memo_bytes};
};

}  // namespace ipet::defence
