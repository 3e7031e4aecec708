// TOML to a Value tree in which every key and value keeps its place. The only part of the runtime that knows
// toml++; what is refused is in pipeline/toml/document.hpp.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pipeline/sdk/value.hpp"

namespace ipet::definition {

/// The place of a file as a whole.
Place whole_file(const std::filesystem::path& file);

/// Parses a regular file of at most largest_file bytes (limits.hpp). Adds a problem and gives nothing when
/// the text is no TOML. Tables come in the order of the file. A file that cannot be read is reported at
/// `included_at` where given.
std::optional<Value> read_toml(const std::filesystem::path& file, Problems& problems,
                               const Place* included_at = nullptr);

/// Parses a text that was written from a Value, as a definition that a result keeps; nothing when it is no
/// TOML. Tables come in the order of the text.
std::optional<Value> parse_toml(const std::string& text);

/// Parses the right-hand side of `key = value`; nothing when it is no TOML value.
std::optional<Value> parse_toml_value(const std::string& text);

}  // namespace ipet::definition
