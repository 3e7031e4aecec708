// Bins of some minutes within an interval.
#pragma once

#include <algorithm>

#include "stages/attack/view.hpp"

namespace ipet::attack {

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

}  // namespace ipet::attack
