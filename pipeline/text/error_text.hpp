// The one form of errors and warnings about text that people write:
//
//   pipelines/ipet.toml:31:9: error[unknown-option]: stage 'windows': no option 'omga'
//      31 | options.omga = 0.1
//         |         ^^^^ did you mean 'omega'?  windowing has: omega, total_time
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ipet::text {

/// Errors that are shown; of the others the number is.
inline constexpr std::size_t most_shown = 20;

struct ErrorText {
  std::string place;                ///< "file", or "file:line:column"; empty for none
  std::string_view severity;        ///< "error" or "warning"
  std::string code;                 ///< short and stable, for example "unknown-option"
  std::string message;              ///< may have several lines
  std::string hint;                 ///< may be empty
  std::optional<std::string> line;  ///< the line to quote
  std::uint32_t number = 0;         ///< of that line, from 1
  std::uint32_t column = 1;         ///< in characters, from 1
  std::uint32_t length = 1;         ///< characters to underline
};

/// The text of one error, ending in a newline. What comes from outside is made printable and cut: the quoted
/// line to about 120 characters around the place, the message to 600 a line.
std::string error_text(const ErrorText& error);

/// "and 37 more errors\n"; nothing when there are not more than most_shown.
std::string more_text(std::size_t count, std::string_view severity);

/// Line `number` (from 1) of a text, without its end; nothing when there is none.
std::optional<std::string> line_of(std::string_view text, std::uint32_t number);

}  // namespace ipet::text
