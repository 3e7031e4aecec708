// Keys in TOML text, where toml++ does not tell enough about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ipet::toml_text {

/// A dotted key in one line of text, with the place of its last part. Columns and lengths are characters.
struct KeyInLine {
  std::string text;
  std::uint32_t column = 0, length = 0;
};

/// The key of the `key = value` or table header at which toml++ stopped, at `column` of `line`. Nothing when
/// there is none.
std::optional<KeyInLine> key_at(const std::string& line, std::uint32_t column);

}  // namespace ipet::toml_text
