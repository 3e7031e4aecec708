#include "pipeline/text/shell.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include <pwd.h>

#include "pipeline/text/lists.hpp"
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
      for (const std::size_t end = at + (length == 0 ? 1 : length); at < end; ++at)
        out += hex_escape(argument[at]);
      continue;
    }
    if (argument[at] == '\'' || argument[at] == '\\') out += '\\';
    out += argument.substr(at, length);
    at += length;
  }
  return out + "'";
}

/// The home folder of a user, from the system's list of users.
std::optional<std::string> home_of(const std::string& user) {
  constexpr std::size_t most = std::size_t{1} << 20U;
  if (user.find('\0') != std::string::npos) return std::nullopt;
  for (std::vector<char> buffer(1U << 12U); buffer.size() <= most; buffer.resize(buffer.size() * 2)) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    if (found == nullptr || entry.pw_dir == nullptr || *entry.pw_dir == '\0') return std::nullopt;
    return entry.pw_dir;
  }
  return std::nullopt;
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
  return joined(std::span(arguments, static_cast<std::size_t>(count)), " ", shell_quoted);
}

std::optional<std::string> with_home(const std::string& path) {
  if (!path.starts_with('~')) return path;
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string user = path.substr(1, end - 1);
  std::optional<std::string> home;
  if (!user.empty())
    home = home_of(user);
  else if (const char* folder = std::getenv("HOME"); folder != nullptr && *folder != '\0')
    home = folder;
  if (home) *home += path.substr(end);
  return home;
}

std::string home_fault(const std::string& path) {
  const std::string user = path.substr(1, std::min(path.find('/'), path.size()) - 1);
  if (user.empty()) return "'~' stands for the folder in the environment variable HOME, which is not set";
  return "'~" + shown(user) + "' stands for the home folder of the user '" + shown(user) +
         "', whom this machine does not know; a name that begins with ~ is written ./~NAME";
}

}  // namespace ipet::text
