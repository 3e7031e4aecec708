// Rows of comma separated values (RFC 4180) with numbers that read back exactly.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

namespace ipet::interchange {

/// Builds rows in a buffer that the caller empties. Numbers are the shortest text that reads back as the same
/// number; whole ones are written without exponent or point.
class CsvText {
 public:
  CsvText& cell(std::string_view text) {
    separate();
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      text_ += text;
      return *this;
    }
    text_ += '"';
    for (const char c : text) {
      if (c == '"') text_ += '"';
      text_ += c;
    }
    text_ += '"';
    return *this;
  }
  template <std::integral T>
  CsvText& cell(T number) {
    separate();
    put(number);
    return *this;
  }
  /// Nothing for "not a number", as pandas reads and writes it.
  template <std::floating_point T>
  CsvText& cell(T number) {
    constexpr T widest = T{9'007'199'254'740'992.0};  // 2^53: beyond, an exponent says it better
    separate();
    if (std::isnan(number)) return *this;
    if (std::trunc(number) == number && std::abs(number) < widest)
      put(static_cast<long long>(number));
    else
      put(number);
    return *this;
  }
  void end_row() {
    text_ += '\n';
    first_ = true;
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  void clear() { text_.clear(); }

 private:
  void separate() {
    if (!first_) text_ += ',';
    first_ = false;
  }
  template <class T>
  void put(T number) {
    char digits[32];
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }

  std::string text_;
  bool first_ = true;
};

}  // namespace ipet::interchange
