// Pieces of scripts.
#pragma once

#include <charconv>
#include <iterator>
#include <string>
#include <string_view>

#include "pipeline/text/printable.hpp"

namespace ipet::plots {

/// Told apart without colour by their points. After Okabe and Ito, and darker ones of other hues.
inline constexpr const char* colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
                                          "#7a5195", "#5c4b37", "#8a9a00", "#c00000", "#003f5c", "#ff7c8c"};
inline constexpr int points[] = {7, 5, 9, 11, 13, 4, 6, 8, 10, 12, 2, 1};

/// " lc rgb '#0072b2'" and so on, over and over again.
inline std::string colour(std::size_t i) {
  return std::string(" lc rgb '") + colours[i % std::size(colours)] + "'";
}
/// Another shape for the same colour.
inline std::string point(std::size_t i) {
  const std::size_t shape = i + 5 * (i / std::size(colours));
  return " pt " + std::to_string(points[shape % std::size(points)]) + " ps 0.9";
}

/// Text in single quotes, in which gnuplot knows no escapes but the doubled quote.
inline std::string gnuplot_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text::printable(text)) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

/// The same for text of several lines.
inline std::string lines_quoted(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return gnuplot_quoted(text);
  return gnuplot_quoted(text.substr(0, end)) + ".\"\\n\"." + lines_quoted(text.substr(end + 1));
}

/// The same for a tic's name, in which '%' begins the format of a number.
inline std::string tic_quoted(std::string_view text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == '%' ? 2 : 1, c);
  return gnuplot_quoted(doubled);
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

/// Ticks at whole numbers alone, at most about ten of them over a range of such a length.
inline std::string whole_ticks(double length) {
  std::size_t step = 1;
  for (std::size_t decade = 1; static_cast<double>(10 * step) < length; decade *= 10)
    for (const std::size_t next : {2 * decade, 5 * decade, 10 * decade})
      if (static_cast<double>(10 * step) < length) step = next;
  return "set xtics " + std::to_string(step) + "\n";
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
