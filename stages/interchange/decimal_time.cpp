#include "stages/interchange/decimal_time.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

namespace ipet::interchange {

namespace {

using traffic::Nanoseconds;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// `whole` and `fraction` are digits, either may be empty.
std::optional<Nanoseconds> join(std::string_view whole, std::string_view fraction) {
  constexpr std::size_t places = 9;
  constexpr Nanoseconds most_seconds = 9'223'372'035;  // one less than fit, for the fraction and its rounding
  const auto seconds = whole.empty() ? Nanoseconds{0} : whole_number<Nanoseconds>(whole);
  if (!seconds || *seconds > most_seconds) return std::nullopt;
  Nanoseconds nanoseconds = 0;
  for (std::size_t i = 0; i < places; ++i)
    nanoseconds = nanoseconds * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  if (fraction.size() > places && fraction[places] >= '5') ++nanoseconds;
  return *seconds * traffic::second + nanoseconds;
}

/// The same with the point moved to the right.
std::optional<Nanoseconds> join(std::string_view whole, std::string_view fraction, int exponent) {
  constexpr int most = 60;
  if (exponent > most || exponent < -most) return std::nullopt;
  std::string digits = std::string(whole) + std::string(fraction);
  auto point = static_cast<int>(whole.size()) + exponent;
  if (point < 0) {
    digits.insert(0, static_cast<std::size_t>(-point), '0');
    point = 0;
  }
  const auto at = static_cast<std::size_t>(point);
  if (at > digits.size()) digits.append(at - digits.size(), '0');
  const std::string_view all = digits;
  return join(all.substr(0, at), all.substr(at));
}

/// "HH:MM:SS" with a fraction or without, within a day; leap seconds are refused.
std::optional<Nanoseconds> time_of_day(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':' || !is_digit(text[6]) || !is_digit(text[7]))
    return std::nullopt;
  const auto hours = whole_number<unsigned>(text.substr(0, 2)),
             minutes = whole_number<unsigned>(text.substr(3, 2));
  const auto seconds = parse_seconds(text.substr(6));
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds >= 60 * traffic::second)
    return std::nullopt;
  return Nanoseconds{*hours * 60 + *minutes} * 60 * traffic::second + *seconds;
}

/// Removes "Z", "+01:00", "+0100" or "-05" from the end; how far local time is ahead of UTC.
std::optional<Nanoseconds> take_offset(std::string_view& text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  const std::size_t sign = text.find_first_of("+-");
  if (sign == std::string_view::npos) return 0;
  std::string digits(text.substr(sign + 1));
  const bool negative = text[sign] == '-';
  text = text.substr(0, sign);
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if (digits.size() == 2) digits += "00";
  if (digits.size() != 4 || !all_digits(digits)) return std::nullopt;
  const auto number = whole_number<unsigned>(digits);
  if (!number || *number / 100 > 23 || *number % 100 > 59) return std::nullopt;
  const Nanoseconds ahead = Nanoseconds{*number / 100 * 60 + *number % 100} * 60 * traffic::second;
  return negative ? -ahead : ahead;
}

}  // namespace

std::optional<Nanoseconds> parse_seconds(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string_view number = text.substr(0, text.find_first_of("eE"));
  const std::string_view whole = number.substr(0, number.find('.'));
  const std::string_view fraction =
      whole.size() < number.size() ? number.substr(whole.size() + 1) : std::string_view();
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!all_digits(whole) || !all_digits(fraction)) return std::nullopt;
  std::optional<Nanoseconds> time;
  if (number.size() == text.size()) {
    time = join(whole, fraction);
  } else {
    std::string_view digits = text.substr(number.size() + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto exponent = whole_number<int>(digits);
    if (exponent) time = join(whole, fraction, *exponent);
  }
  if (time && negative) return -*time;
  return time;
}

std::optional<Nanoseconds> parse_time(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return parse_seconds(text);
  const auto year = whole_number<unsigned>(text.substr(0, 4)),
             month = whole_number<unsigned>(text.substr(5, 2)),
             day = whole_number<unsigned>(text.substr(8, 2));
  if (!year || !month || !day || *year < 1680 || *year > 2260) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const Nanoseconds midnight = std::chrono::sys_days(date).time_since_epoch().count() * traffic::day;
  text.remove_prefix(10);
  const auto ahead = take_offset(text);
  if (!ahead) return std::nullopt;
  if (text.empty()) return midnight - *ahead;
  if (text[0] != 'T' && text[0] != ' ') return std::nullopt;
  const auto time = time_of_day(text.substr(1));
  if (!time) return std::nullopt;
  return midnight + *time - *ahead;
}

}  // namespace ipet::interchange
