// Times written as text, as integer nanoseconds: text arithmetic only, since 0.1 has no exact floating-point
// number.
#pragma once

#include <optional>
#include <string_view>

#include "stages/traffic/packet.hpp"

namespace ipet::interchange {

/// Seconds such as "12.345678901", "-0.5" or "1.5e-05" (as pandas writes small numbers). Digits beyond the
/// nanosecond round to the nearest. Null for anything else, and beyond 292 years.
std::optional<traffic::Nanoseconds> parse_seconds(std::string_view text);

/// A point in time: ISO 8601 ("2021-03-08T15:22:15.83Z", "2021-03-08 16:22:15+01:00"; UTC where no offset is
/// given; the fraction and the time of day may be left out), or seconds since the epoch.
std::optional<traffic::Nanoseconds> parse_time(std::string_view text);

}  // namespace ipet::interchange
