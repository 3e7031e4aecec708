// The version of the result file's schema.
#pragma once

#include <filesystem>

#include "stages/storage/error.hpp"

namespace ipet::storage {

/// Counts up when a reader of the version before could misread a file.
inline constexpr int format_version = 1;

/// The version of a result file. Throws StorageError when the file cannot be read, is not HDF5, is not a
/// result of ipet, or is of a newer version than this program knows.
int check_format(const std::filesystem::path& file);

}  // namespace ipet::storage
