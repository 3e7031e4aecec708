#include "stages/storage/chunks.hpp"

#include <bit>
#include <stdexcept>

#include <tbb/parallel_for.h>
#include <zlib.h>

namespace ipet::storage {

void pack_chunk(std::span<const char> raw, std::size_t element_bytes, int level,
                std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> shuffled(raw.size());
  const std::size_t elements = raw.size() / element_bytes;
  for (std::size_t byte = 0; byte < element_bytes; ++byte) {
    std::uint8_t* to = shuffled.data() + byte * elements;
    const char* from = raw.data() + byte;
    for (std::size_t i = 0; i < elements; ++i) to[i] = static_cast<std::uint8_t>(from[i * element_bytes]);
  }
  uLongf size = compressBound(static_cast<uLong>(raw.size()));
  out.resize(size);
  if (compress2(out.data(), &size, shuffled.data(), static_cast<uLong>(raw.size()), level) != Z_OK)
    throw std::runtime_error("zlib cannot deflate a chunk");
  out.resize(size);
}

void pack_chunk(std::span<const SparseElement> sparse, std::uint32_t elements, SparseDeflate& deflate,
                SparseBytes& scratch, std::vector<std::uint8_t>& out) {
  scratch.size = elements * 4;
  scratch.places.clear();
  scratch.values.clear();
  for (std::uint32_t byte = 0; byte < 4; ++byte) {
    const std::uint32_t shift = 8 * (std::endian::native == std::endian::little ? byte : 3 - byte);
    for (const SparseElement& element : sparse) {
      const auto value = static_cast<std::uint8_t>(element.bytes >> shift);
      if (value == 0) continue;
      scratch.places.push_back(byte * elements + element.place);
      scratch.values.push_back(value);
    }
  }
  deflate.compress(scratch, out);
}

bool write_chunks(hid_t dataset, std::size_t rank, std::uint64_t first, std::uint64_t rows, std::size_t count,
                  const PackChunk& pack, checksum::ContentHash& hash) {
  std::vector<std::vector<std::uint8_t>> packed(count);
  tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { pack(i, packed[i]); });
  std::vector<hsize_t> offset(rank, 0);
  for (std::size_t i = 0; i < count; ++i) {
    offset[0] = first + i * rows;
    if (H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, offset.data(), packed[i].size(), packed[i].data()) < 0)
      return false;
    hash.bytes(packed[i].data(), packed[i].size());
  }
  return true;
}

}  // namespace ipet::storage
