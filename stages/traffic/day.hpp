// Days as captures and splits count them.
#pragma once

#include <cmath>
#include <cstdint>

#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

/// How long after midnight UTC a day begins, to the second.
inline Nanoseconds day_offset(double day_offset_hours) {
  return static_cast<Nanoseconds>(std::llround(day_offset_hours * 3600)) * second;
}

/// Days since the epoch, where a day begins `day_offset_hours` after midnight UTC (14.5: at 14:30 UTC).
/// Rounded down also before the epoch.
inline std::int64_t day_of(Nanoseconds time, double day_offset_hours) {
  const Nanoseconds local = time - day_offset(day_offset_hours);
  return local / day - (local % day < 0 ? 1 : 0);
}

/// When the day of day_of begins.
inline Nanoseconds begin_of_day(std::int64_t number, double day_offset_hours) {
  return number * day + day_offset(day_offset_hours);
}

}  // namespace ipet::traffic
