// Datasets whose chunks we pack are those that HDF5 would have written.
#include "stages/storage/chunks.hpp"

#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"

namespace ipet::storage::test {
namespace {

/// The bytes of a chunk of `values` as HDF5's own filters make them.
std::vector<std::uint8_t> by_hdf5(const std::vector<std::int64_t>& values, unsigned level) {
  const h5::Library library;
  const h5::PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_core(access.get(), 1 << 16, false);  // in memory
  const h5::File file(H5Fcreate("chunks_test", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
  const hsize_t size = values.size();
  const h5::Space space(H5Screate_simple(1, &size, nullptr));
  const h5::PropertyList create(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(create.get(), 1, &size);
  H5Pset_shuffle(create.get());
  H5Pset_deflate(create.get(), level);
  const h5::Dataset data(
      H5Dcreate2(file.get(), "x", H5T_NATIVE_INT64, space.get(), H5P_DEFAULT, create.get(), H5P_DEFAULT));
  H5Dwrite(data.get(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Fflush(file.get(), H5F_SCOPE_GLOBAL);
  const hsize_t zero = 0;
  hsize_t bytes = 0;
  H5Dget_chunk_storage_size(data.get(), &zero, &bytes);
  std::vector<std::uint8_t> out(bytes);
  std::uint32_t mask = 99;
  EXPECT_GE(H5Dread_chunk(data.get(), H5P_DEFAULT, &zero, &mask, out.data()), 0);
  EXPECT_EQ(mask, 0U);
  return out;
}

TEST(PackedChunk, has_the_bytes_of_hdf5s_own_filters) {
  traffic::Random random(3);
  std::vector<std::int64_t> values(5000);
  std::int64_t time = 1'700'000'000'000'000'000;
  for (std::int64_t& value : values) value = time += static_cast<std::int64_t>(random.below(4'000'000'000));
  const std::span<const char> raw(reinterpret_cast<const char*>(values.data()),
                                  values.size() * sizeof(std::int64_t));
  for (const int level : {1, 4, 9}) {
    std::vector<std::uint8_t> packed;
    pack_chunk(raw, sizeof(std::int64_t), level, packed);
    EXPECT_EQ(packed, by_hdf5(values, static_cast<unsigned>(level))) << level;
  }
}

}  // namespace
}  // namespace ipet::storage::test
