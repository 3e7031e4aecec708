// Chunks of datasets, packed on all cores and written in their order. HDF5's own filters run on one core,
// under the library's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "pipeline/checksum/content_hash.hpp"
#include "stages/storage/handle.hpp"
#include "stages/storage/sparse_deflate.hpp"

namespace ipet::storage {

/// A 4-byte element that is not zero: where it stands in its chunk, and its bytes as in memory.
struct SparseElement {
  std::uint32_t place = 0;
  std::uint32_t bytes = 0;
};

/// Shuffled (HDF5's filter: all first bytes of the elements, then all second ones, ...) and deflated by zlib.
void pack_chunk(std::span<const char> raw, std::size_t element_bytes, int level,
                std::vector<std::uint8_t>& out);

/// The same filters for a chunk of `elements` 4-byte elements, of which these are not zero.
void pack_chunk(std::span<const SparseElement> sparse, std::uint32_t elements, SparseDeflate& deflate,
                SparseBytes& scratch, std::vector<std::uint8_t>& out);

/// Makes the stored bytes of a chunk.
using PackChunk = std::function<void(std::size_t chunk, std::vector<std::uint8_t>& out)>;

/// Packs so many chunks in parallel, writes them at rows `first`, `first` + `rows`, ... and adds them to
/// `hash`. False when HDF5 refuses. `pack` must not call HDF5.
bool write_chunks(hid_t dataset, std::size_t rank, std::uint64_t first, std::uint64_t rows, std::size_t count,
                  const PackChunk& pack, checksum::ContentHash& hash);

}  // namespace ipet::storage
