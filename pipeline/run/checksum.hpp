// XXH3-128 of a file.
#pragma once

#include <filesystem>

#include "pipeline/sdk/context.hpp"

namespace ipet::run {

/// Reads the file once, in pieces. Throws std::system_error naming the file when it cannot be read.
InputRecord checksum_file(const std::filesystem::path& file);

}  // namespace ipet::run
