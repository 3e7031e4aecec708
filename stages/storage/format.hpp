// The version of the result file's schema.
#pragma once

#include <filesystem>

#include "stages/storage/error.hpp"

namespace ipet::storage {

/// Counts up when the program of the version before could misread a file, or this one those of the version
/// before. 2: what reading back needs (/captures/numbers, /devices/declared and protect, protocols of
/// packets). 3: times, command line and resolved definition are attributes of /provenance.
inline constexpr int format_version = 3;

/// The version of a result file. Throws StorageError when the file cannot be read, is not HDF5, is not a
/// result of ipet, or is of another version than this program's.
int check_format(const std::filesystem::path& file);

}  // namespace ipet::storage
