// Pieces of scripts.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

namespace ipet::plots {

/// Text in single quotes, in which gnuplot knows no escapes but the doubled quote.
inline std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return result + "'";
}

/// The shortest text that is the same number, whatever the locale.
inline std::string number(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

/// With so many decimals.
inline std::string rounded(double value, int decimals) {
  char digits[64];
  return {digits,
          std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals).ptr};
}

/// Characters, of UTF-8.
inline std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

/// What may stand in the name of a file: others become '-'.
inline std::string file_part(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    if (plain)
      result += c;
    else if (!result.empty() && result.back() != '-')
      result += '-';
  }
  while (!result.empty() && result.back() == '-') result.pop_back();
  return result;
}

}  // namespace ipet::plots
