// `include = [...]`: the included files are merged in order, then the including file on top.
#pragma once

#include <filesystem>
#include <optional>

#include "pipeline/sdk/value.hpp"

namespace ipet::definition {

/// Reads a file with everything it includes as one table, without the keys `schema` and `include`. Nothing
/// when a file is unreadable, invalid or of a newer schema; the problems say which.
std::optional<Value> load_merged(const std::filesystem::path& file, Problems& problems);

}  // namespace ipet::definition
