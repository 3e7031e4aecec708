// What a person pastes into a shell, and what a person's shell does not expand for us.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ipet::text {

/// The argument as a POSIX shell takes it: in single quotes where it has more than letters, digits and
/// %+,-./:=@_ . Control characters and bytes that are no UTF-8 are written as $'\x1b' (bash, zsh;
/// POSIX.1-2024 has the form too), so that the text is UTF-8 on one line.
std::string shell_quoted(std::string_view argument);

/// Arguments with blanks between them.
std::string shell_command(int count, const char* const* arguments);

/// "~" and "~/x" with the environment variable HOME in place of "~", "~NAME" and "~NAME/x" with the home
/// folder of that user, as shells have it; nothing when there is none. Other paths stay.
std::optional<std::string> with_home(const std::string& path);

/// Why with_home gave nothing for this path, and what to write instead.
std::string home_fault(const std::string& path);

}  // namespace ipet::text
