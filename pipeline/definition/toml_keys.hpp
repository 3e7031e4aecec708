// Keys in TOML text, where toml++ does not tell enough about them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ipet::definition {

/// Tables and arrays inside each other: deeper ones are refused, because parsing and everything after it
/// recurse (toml++ limits brackets only, not the parts of dotted keys).
inline constexpr std::size_t deepest = 200;

/// A dotted key in one line of text, with the place of its last part. Columns and lengths are characters.
struct KeyInLine {
  std::string text;
  std::uint32_t column = 0, length = 0;
};

/// The key of the `key = value` or table header at which toml++ stopped, at `column` of `line`. Nothing when
/// there is none.
std::optional<KeyInLine> key_at(const std::string& line, std::uint32_t column);

struct TextPlace {
  std::uint32_t line = 1, column = 1;
};

/// The place where `text` goes deeper than `deepest`.
std::optional<TextPlace> too_deep(std::string_view text);

}  // namespace ipet::definition
