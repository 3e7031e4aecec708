// TOML text to a Value tree in which every key and value keeps its place. The only part that knows toml++.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pipeline/sdk/value.hpp"

namespace ipet::definition {

/// The place of a file as a whole.
Place whole_file(const std::filesystem::path& file);

/// Parses a file; `shown` is its path in messages. Adds a problem and gives nothing when the text is no TOML.
/// Tables come in the order of the file.
std::optional<Value> read_toml(const std::filesystem::path& file, Problems& problems);

/// Parses the right-hand side of `key = value`; nothing when it is no TOML value.
std::optional<Value> parse_toml_value(const std::string& text);

}  // namespace ipet::definition
