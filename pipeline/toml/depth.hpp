// How deep TOML text nests, told before it is parsed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ipet::toml_text {

/// Tables and arrays inside each other: deeper ones are refused, because parsing and everything after it
/// recurse (toml++ limits brackets only, not the parts of dotted keys).
inline constexpr std::size_t deepest = 200;

/// Line and column count characters from 1; line 0 is the file as a whole.
struct Where {
  std::uint32_t line = 0, column = 0;
  std::uint32_t length = 1;  ///< characters to underline
};

/// The place of a byte.
Where place_in(std::string_view text, std::size_t at);

/// The place where `text` goes deeper than `deepest`.
std::optional<Where> too_deep(std::string_view text);

/// The position behind the string that begins at `at`, also one over several lines.
std::size_t after_string(std::string_view text, std::size_t at);

}  // namespace ipet::toml_text
