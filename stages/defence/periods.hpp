// Periods that are aligned with the clock, so that they tell nothing of when a device began.
#pragma once

#include <cmath>

#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// Begin of the period that `time` lies in: a whole multiple of `length` since the epoch.
inline traffic::Nanoseconds period_begin(traffic::Nanoseconds time, traffic::Nanoseconds length) {
  const traffic::Nanoseconds rest = time % length;
  return time - (rest < 0 ? rest + length : rest);
}

/// The first whole multiple of `length` at `time` or after it.
inline traffic::Nanoseconds period_begin_from(traffic::Nanoseconds time, traffic::Nanoseconds length) {
  const traffic::Nanoseconds begin = period_begin(time, length);
  return begin == time ? begin : begin + length;
}

/// To the nearest nanosecond.
inline traffic::Nanoseconds to_nanoseconds(double seconds) {
  return std::llround(seconds * static_cast<double>(traffic::second));
}

}  // namespace ipet::defence
