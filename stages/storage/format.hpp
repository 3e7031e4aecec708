// The version of the result file's schema.
#pragma once

#include <filesystem>
#include <string>

#include "stages/files/error.hpp"

namespace ipet::storage {

/// Counts up when the program of the version before could misread a file, or this one those of the version
/// before. 2: what reading back needs (/captures/numbers, /devices/declared and protect, protocols of
/// packets). 3: times, command line and resolved definition are attributes of /provenance. 4: tables are
/// groups of columns, texts have fixed lengths, dimensions have scales, time units are CF's, digests
/// (seal.hpp).
inline constexpr int format_version = 4;
/// The earliest that is read too.
inline constexpr int oldest_format_version = 3;

/// The version of a result file. Throws StorageError when the file cannot be read, is not HDF5, is not a
/// result of ipet, or is of a version that this program does not read.
int check_format(const std::filesystem::path& file);
/// The same of a file that is open.
int version_of(const struct OpenFile& opened, const std::string& shown);

}  // namespace ipet::storage
