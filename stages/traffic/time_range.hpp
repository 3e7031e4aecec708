// Points in time that files may hold. The difference of any two, and a year more, fits Nanoseconds, so that
// nobody who subtracts times of packets needs to think of overflow.
#pragma once

#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

/// A year before 1970: traces whose times are relative may begin a little below 0.
inline constexpr Nanoseconds earliest_time = -365 * day;
/// The latest time that is taken, in the year 2255; that of captures (capture::latest_second).
inline constexpr Nanoseconds latest_time = 9'000'000'000 * second;

[[nodiscard]] constexpr bool in_time_range(Nanoseconds time) {
  return time >= earliest_time && time <= latest_time;
}

}  // namespace ipet::traffic
