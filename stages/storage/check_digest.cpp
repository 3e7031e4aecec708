// Whether the stored chunks of a dataset are those that ipet wrote.
#include <algorithm>
#include <array>
#include <optional>

#include "pipeline/checksum/content_hash.hpp"
#include "stages/storage/read_node.hpp"

namespace ipet::storage {

namespace {

/// Empty when the chunks cannot be read, or are no whole rows.
std::optional<std::string> digest_of(hid_t dataset, std::uint64_t file_bytes,
                                     const std::function<void()>& while_waiting) {
  std::array<hsize_t, H5S_MAX_RANK> size{}, chunk{}, offset{};
  const h5::Space space(H5Dget_space(dataset));
  const h5::PropertyList create(H5Dget_create_plist(dataset));
  const int rank = H5Sget_simple_extent_dims(space.get(), size.data(), nullptr);
  if (rank < 1 || H5Pget_layout(create.get()) != H5D_CHUNKED ||
      H5Pget_chunk(create.get(), rank, chunk.data()) != rank)
    return std::nullopt;
  if (!std::equal(size.begin() + 1, size.begin() + rank, chunk.begin() + 1)) return std::nullopt;
  checksum::ContentHash hash;
  std::vector<char> bytes;
  for (; offset[0] < size[0]; offset[0] += chunk[0]) {
    if (while_waiting) while_waiting();
    hsize_t stored = 0;
    std::uint32_t filters = 0;
    if (H5Dget_chunk_storage_size(dataset, offset.data(), &stored) < 0 || stored > file_bytes)
      return std::nullopt;
    bytes.resize(stored);
    if (stored == 0 || H5Dread_chunk(dataset, H5P_DEFAULT, offset.data(), &filters, bytes.data()) < 0)
      return std::nullopt;
    hash.bytes(bytes.data(), bytes.size());
  }
  return hash.text();
}

}  // namespace

void Source::check_digest(const std::string& dataset_path, hid_t dataset) {
  const auto known = digests.find(dataset_path);
  if (known == digests.end()) return;
  const std::string wanted = known->second;
  const std::optional<std::string> digest = digest_of(dataset, identity.bytes, while_waiting);
  if (digest == wanted) {
    digests.erase(known);
    return;
  }
  check_unchanged();
  const std::string found = "its digest is " + digest.value_or("of no chunks of ipet's") + ", not " + wanted;
  if (sealed)
    throw StorageError(shown + ": " + dataset_path + ": damaged since ipet wrote it: " + found +
                       "; take the file from a copy, or run its pipeline again");
  digests.erase(known);
  if (warn) warn(shown + ": " + dataset_path + ": edited or damaged since ipet wrote it: " + found);
}

}  // namespace ipet::storage
