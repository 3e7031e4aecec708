#include "stages/traffic/mac_fault.hpp"

#include <algorithm>
#include <cctype>

#include "pipeline/text/printable.hpp"

namespace ipet::traffic {

std::string mac_fault(std::string_view text) {
  const auto is_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
  const auto is_separator = [](unsigned char c) { return c == ':' || c == '-' || c == '.' || c == ' '; };
  const auto digits = std::ranges::count_if(text, is_digit);
  const bool only_digits =
      std::ranges::all_of(text, [&](unsigned char c) { return is_digit(c) || is_separator(c); });
  std::string out = "'" + text::shown(text) + "' is not a MAC address (f4:b8:5e:ff:2b:1b)";
  if (only_digits && digits > 0 && digits != 12)
    out += ": it has " + std::to_string(digits) + " hexadecimal digits, not 12";
  return out;
}

}  // namespace ipet::traffic
