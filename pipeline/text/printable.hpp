// Text that others wrote, as a terminal may get it.
#pragma once

#include <string>
#include <string_view>

namespace ipet::text {

/// Whether a terminal may do something else with it than show it: C0 and C1 controls (ISO 6429), DEL, line
/// and paragraph separators, marks and overrides of the direction of writing (UAX 9), and what is invisible:
/// characters of no width, fillers, tags, the byte order mark.
bool is_control(char32_t point);

/// "\x1b"
std::string hex_escape(char byte);

/// Whether text is UTF-8 without such characters.
bool is_plain(std::string_view text);

/// One line: what is_control holds for becomes \n, \r, \t, \x1b or \u202e, bytes that are no UTF-8 become
/// \xe9. Everything else stays, backslashes too, so this is for reading and not for reading back.
std::string printable(std::string_view text);

/// The same but for newlines, which stay, with `indent` blanks after each but a last one: what follows cannot
/// be taken for a line of its own.
std::string printable_lines(std::string_view text, std::size_t indent = 0);

/// At most about `most` characters of a text that is UTF-8: the middle is left out ("abc ... xyz").
std::string shortened(std::string_view text, std::size_t most);

/// What a message quotes of a name or value: printable, at most 80 characters.
std::string shown(std::string_view name);

}  // namespace ipet::text
