// Globs over paths, and the order in which people number their files.
#pragma once

#include <string>
#include <string_view>

namespace ipet::traffic {

/// Does the whole path match? '*' and '?' stay within one path component, '**' as a component stands for any
/// number of components (none included), '[a-c]' and '[!a]' are sets, '\' takes the next character literally.
bool glob_match(std::string_view pattern, std::string_view path);

/// Does the text contain a character that glob_match treats specially?
bool is_glob(std::string_view text);

/// The text with special characters escaped, so that it matches itself only.
std::string glob_escape(std::string_view text);

/// "day2" before "day10": runs of digits compare as numbers, components before their separators. A strict
/// weak order in which only equal texts are equivalent.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace ipet::traffic
