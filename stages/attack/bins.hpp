// Bins of some minutes within an interval, and eyes that say something about each.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "stages/attack/view.hpp"
#include "stages/attack/watched.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::attack {

/// "15", "0.5": without zeros that say nothing.
inline std::string minutes_text(double minutes) {
  return traffic::number_text(minutes);
}

/// 0 where there is no whole.
inline double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

struct Bin {
  traffic::Nanoseconds begin = 0, end = 0;  ///< half open
};

/// The bin of a time: they are counted from Interval::begin_of_day, and anew every day.
inline Bin bin_of(traffic::Nanoseconds time, const Interval& interval, traffic::Nanoseconds length) {
  const traffic::Nanoseconds since = time - interval.begin_of_day;
  const traffic::Nanoseconds days = since / traffic::day - (since % traffic::day < 0 ? 1 : 0);
  const traffic::Nanoseconds day_begin = interval.begin_of_day + days * traffic::day;
  const traffic::Nanoseconds begin = day_begin + (time - day_begin) / length * length;
  return {begin, std::min(begin + length, day_begin + traffic::day)};
}

/// Gives a row for every bin that overlaps the interval, also for one without packets. Packets outside the
/// interval are not seen.
class BinExtractor : public FeatureExtractor {
 public:
  BinExtractor(const Interval& interval, traffic::Nanoseconds length)
      : interval_(interval), bin_(bin_of(interval.begin, interval, length)), length_(length) {}

  void add(std::span<const traffic::DevicePacket> packets, const Sink& sink) final {
    for (const traffic::DevicePacket& packet : watched(packets, interval_)) {
      while (packet.time >= bin_.end) finish(sink);
      take(packet);
    }
  }
  void end(const Sink& sink) final {
    while (interval_.begin < interval_.end && bin_.begin < interval_.end) finish(sink);
  }

 protected:
  virtual void take(const traffic::DevicePacket& packet) = 0;
  /// Puts the columns of bin(), which ends.
  virtual void put_bin() = 0;
  /// The next bin() has begun; not called for the first one.
  virtual void begin_bin() = 0;

  template <class... Values>
  void put(Values... values) {
    (row_.push_back(static_cast<float>(values)), ...);
  }
  [[nodiscard]] const Bin& bin() const { return bin_; }
  [[nodiscard]] const Interval& interval() const { return interval_; }

  std::vector<float> row_;

 private:
  void finish(const Sink& sink) {
    row_.clear();
    put_bin();
    sink(bin_.begin, row_);
    bin_ = bin_of(bin_.end, interval_, length_);
    begin_bin();
  }

  Interval interval_;
  Bin bin_;
  traffic::Nanoseconds length_;
};

}  // namespace ipet::attack
