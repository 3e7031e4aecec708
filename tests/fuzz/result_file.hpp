// The result files that targets edit or damage, with one of everything that is read back.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/files/row_store.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

struct Attribute {
  std::string object, name;
};

struct ResultFile {
  std::vector<std::uint8_t> bytes;     ///< as it was written
  std::vector<std::uint8_t> editable;  ///< without digests of its datasets, which would refuse every edit
  std::vector<std::string> objects;    ///< paths of groups and datasets
  std::vector<std::string> datasets;
  std::vector<Attribute> attributes;
};

/// All that are read back.
inline constexpr storage::Stream streams[] = {
    storage::Stream::windows, storage::Stream::defended_windows, storage::Stream::packets,
    storage::Stream::mixed,   storage::Stream::aggregates,       storage::Stream::defended_aggregates};

/// result.h5.gz beside this file: as ipet writes them (made_result.cpp made it).
const ResultFile& result_file();
/// format3.h5.gz: as ipet wrote them before (tests/storage/write_format3.py made it).
const ResultFile& old_result_file();

/// Lists what is in a result file.
ResultFile described(std::vector<std::uint8_t> bytes);

std::vector<std::uint8_t> bytes_in(const std::filesystem::path& path);

}  // namespace ipet::fuzz
