// What time it is for a defence: that of recordings, in nanoseconds since the epoch.
#pragma once

#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual traffic::Nanoseconds now() const = 0;
};

/// Begins with the time of day and runs as CLOCK_MONOTONIC does, so that somebody who sets the clock moves
/// nothing.
class LiveClock final : public Clock {
 public:
  /// `speed`: how much faster than the time of the machine, greater than 0.
  explicit LiveClock(double speed = 1);
  [[nodiscard]] traffic::Nanoseconds now() const override;
  /// When CLOCK_MONOTONIC will show that it is so late; `never` for what is far away.
  [[nodiscard]] traffic::Nanoseconds monotonic_at(traffic::Nanoseconds time) const;

  /// What of this clock's time has passed in so much of the machine's.
  [[nodiscard]] traffic::Nanoseconds passed(traffic::Nanoseconds time) const;

  [[nodiscard]] double speed() const { return speed_; }

  static constexpr traffic::Nanoseconds never = std::numeric_limits<traffic::Nanoseconds>::max();

 private:
  double speed_;
  traffic::Nanoseconds wall_, monotonic_;  ///< at the begin
};

/// Stands still, but for those who set it.
class HandClock final : public Clock {
 public:
  explicit HandClock(traffic::Nanoseconds begin) : time(begin) {}
  [[nodiscard]] traffic::Nanoseconds now() const override { return time; }
  traffic::Nanoseconds time;
};

/// CLOCK_MONOTONIC.
traffic::Nanoseconds monotonic_now();

}  // namespace ipet::gateway
