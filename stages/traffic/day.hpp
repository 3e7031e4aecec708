// Days as captures and splits count them.
#pragma once

#include <cmath>
#include <cstdint>

#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

/// Days since the epoch, where a day begins `day_offset_hours` after midnight UTC (14.5: at 14:30 UTC).
/// Rounded down also before the epoch.
inline std::int64_t day_of(Nanoseconds time, double day_offset_hours) {
  const auto offset = static_cast<Nanoseconds>(std::llround(day_offset_hours * 3600)) * second;
  const Nanoseconds local = time - offset;
  return local / day - (local % day < 0 ? 1 : 0);
}

}  // namespace ipet::traffic
