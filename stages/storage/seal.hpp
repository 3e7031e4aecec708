// The block behind the end of a result file, by which a reader tells a file that is as ipet wrote it.
//
// HDF5 ignores bytes behind its end, and drops them when it changes the file. Lines of text:
//
//   ipet digests 1
//   rest <XXH3-128 of all bytes of the file but the raw ones, and of the lines that follow>
//   end <size of the file without this block>
//   raw <offset> <size>          chunks of datasets, whose digests are in /provenance/digests; ascending
//   ...
//   block <size of this block, 12 digits>
//
// It tells damage, not malice: whoever forges a file can forge its digests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ipet::storage {

struct Range {
  std::uint64_t offset = 0, size = 0;
};

/// Reads so many bytes at an offset; false when there are not so many.
using ReadBytes = std::function<bool(std::uint64_t offset, char* into, std::size_t size)>;

/// The block for a file of `end` bytes. `raw`: ascending, apart from each other. Throws StorageError when
/// bytes cannot be read; it names `shown`.
std::string seal_block(std::uint64_t end, const std::vector<Range>& raw, const ReadBytes& read,
                       const std::string& shown);

enum class Seal { absent, broken, intact };

/// Whether a file of so many bytes ends with such a block, and whether all but the raw bytes are as it says.
Seal check_seal(std::uint64_t bytes, const ReadBytes& read);

}  // namespace ipet::storage
