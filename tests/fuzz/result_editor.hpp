// Edits result files through HDF5, as h5py would: what comes out is whole.
#pragma once

#include <filesystem>

#include "tests/fuzz/result_file.hpp"

namespace ipet::fuzz {

/// Does what the bytes say (edits() in make_corpus.py has the form) to a copy of a result file.
void edit_result(const std::filesystem::path& path, const ResultFile& before, Bytes edits);

/// Ends a file as ipet does, as somebody could who means ill, so that it is read without a look at it by a
/// child.
void forge_seal(const std::filesystem::path& path);

}  // namespace ipet::fuzz
