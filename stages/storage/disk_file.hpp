// The file under a result that is being written, as a virtual file driver of HDF5.
//
// HDF5 1.10 does not survive a disk that fills up: metadata is written when the file is closed, a failed
// flush leaves the file half open, and the library tries again (and may crash) at exit. Here a write that
// fails is remembered with its reason, what HDF5 writes from then on is kept in memory, and HDF5 closes in
// good order. The caller asks check() after each step and so learns the true reason. The bytes are those of
// HDF5's own driver.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <hdf5.h>

#include "stages/files/staging.hpp"
#include "stages/storage/handle.hpp"
#include "stages/storage/seal.hpp"

namespace ipet::storage {

class DiskFile {
 public:
  /// Creates a file in `staging`. Errors name `shown` (the final name of the result).
  DiskFile(Staging& staging, std::string shown);
  DiskFile& operator=(DiskFile&&) = delete;
  /// Closes, and removes the file unless it was handed over.
  ~DiskFile();

  /// A file access property list that makes H5Fcreate write here. The file must outlive the HDF5 file.
  [[nodiscard]] h5::PropertyList access();
  [[nodiscard]] const std::filesystem::path& path() const { return file_; }
  [[nodiscard]] const std::string& shown() const { return shown_; }
  /// Throws StorageError with the reason of the first write that failed, and what Staging::on_write throws.
  void check() const;
  /// Adds the block of seal.hpp behind the end of the closed file.
  void seal();
  /// What HDF5 writes from now on counts as metadata, and is under the digest of the block.
  void end_raw() { counts_raw_ = false; }
  /// Flushes to the disk and gives the name of the complete file, which now is the caller's.
  std::filesystem::path hand_over();

  // What the driver calls.
  void write(std::uint64_t offset, const void* data, std::size_t size, bool raw = false);
  bool read(std::uint64_t offset, void* data, std::size_t size) const;
  void resize(std::uint64_t size);
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  /// Ascending, and merged where they touch.
  [[nodiscard]] std::vector<Range> raw_ranges() const;

  struct Patch {
    std::uint64_t offset;
    std::vector<char> bytes;
  };

  const Staging& staging_;
  std::filesystem::path file_;
  std::string shown_;
  int descriptor_ = -1;
  int error_ = 0;               ///< errno of the first failure
  std::uint64_t end_ = 0;       ///< size as HDF5 sees it
  std::vector<Patch> patches_;  ///< written after the failure
  bool counts_raw_ = true;
  std::vector<Range> raw_;  ///< chunks of datasets, as they were written
};

}  // namespace ipet::storage
