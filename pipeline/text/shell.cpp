#include "pipeline/text/shell.hpp"

#include <cstdio>
#include <cstdlib>

#include "pipeline/text/printable.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::text {
namespace {

constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";

/// $'...': every byte that is not plain ASCII text as \xHH. Three digits would end where a letter follows;
/// two never do.
std::string ansi_c_quoted(std::string_view argument) {
  std::string out = "$'";
  for (std::size_t at = 0; at < argument.size();) {
    const std::size_t length = sequence_length(argument, at);
    if (length == 0 || is_control(code_point(argument, at))) {
      for (const std::size_t end = at + (length == 0 ? 1 : length); at < end; ++at) {
        char digits[8];
        std::snprintf(digits, sizeof digits, "\\x%02x", static_cast<unsigned char>(argument[at]));
        out += digits;
      }
      continue;
    }
    if (argument[at] == '\'' || argument[at] == '\\') out += '\\';
    out += argument.substr(at, length);
    at += length;
  }
  return out + "'";
}

}  // namespace

std::string shell_quoted(std::string_view argument) {
  if (!is_plain(argument)) return ansi_c_quoted(argument);
  if (!argument.empty() && argument.find_first_not_of(plain) == std::string_view::npos)
    return std::string(argument);
  std::string out = "'";
  for (const char c : argument) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string shell_command(int count, const char* const* arguments) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i > 0 ? " " : "") + shell_quoted(arguments[i]);
  return out;
}

std::optional<std::string> with_home(const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  return home + path.substr(1);
}

}  // namespace ipet::text
