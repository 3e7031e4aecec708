// Numbers and times as messages and tables show them.
#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <string>

#include "pipeline/text/numbers.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

/// The shortest text that reads back as the same number ("0.1", not "0.10000000000000001"), whatever the
/// locale; whole numbers below 2^53 without exponent or point.
inline std::string number_text(double number) {
  constexpr double widest = 9'007'199'254'740'992.0;
  char digits[32];
  char* const end = std::trunc(number) == number && std::abs(number) < widest
                        ? std::to_chars(digits, digits + sizeof digits, static_cast<long long>(number)).ptr
                        : std::to_chars(digits, digits + sizeof digits, number).ptr;
  return std::string(digits, end);
}

/// ISO 8601, UTC, with as many of the nanosecond's digits as it takes: "2023-11-14T22:13:20Z",
/// "2023-11-14T22:13:20.5Z".
inline std::string time_text(Nanoseconds time) {
  using namespace std::chrono;
  const sys_time<nanoseconds> point{nanoseconds(time)};
  const year_month_day date{floor<days>(point)};
  const hh_mm_ss clock{point - floor<days>(point)};
  std::string result =
      text::format("%04d-%02u-%02uT%02d:%02d:%02d.%09d", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                   static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  result.erase(result.find_last_not_of('0') + 1);
  if (result.back() == '.') result.pop_back();
  return result + "Z";
}

}  // namespace ipet::traffic
