// XXH3-128 of files and texts.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "pipeline/sdk/context.hpp"

namespace ipet::run {

/// Reads the file once, in pieces. Throws std::system_error naming the file when it cannot be read. `between`
/// is called after each 64 MiB and may throw.
InputRecord checksum_file(const std::filesystem::path& file, const std::function<void()>& between = {});
/// XXH3-128 of a text, hexadecimal.
std::string checksum_text(std::string_view text);

}  // namespace ipet::run
