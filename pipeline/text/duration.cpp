#include "pipeline/text/duration.hpp"

#include <charconv>
#include <cmath>
#include <utility>

namespace ipet::text {

std::optional<double> nanoseconds_of(std::string_view unit) {
  constexpr double day = 86'400e9;
  constexpr std::pair<std::string_view, double> units[] = {{"ns", 1},  {"us", 1e3},   {"ms", 1e6},
                                                           {"s", 1e9}, {"min", 60e9}, {"h", 3'600e9},
                                                           {"d", day}, {"day", day},  {"days", day}};
  for (const auto& [name, length] : units)
    if (name == unit) return length;
  return std::nullopt;
}

std::optional<double> duration_in(std::string_view text, std::string_view wanted) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::optional<double> given = nanoseconds_of(unit), asked = nanoseconds_of(wanted);
  if (!given || !asked) return std::nullopt;
  // One rounding where both are whole numbers of nanoseconds, so that "100 ms" is the same number as 0.1 s.
  return number * *given / *asked;
}

}  // namespace ipet::text
