// Foreign HDF5 files are looked through by a child process first: HDF5 1.10 can crash, loop for ever or ask
// for all memory on a damaged one.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "stages/files/error.hpp"

namespace ipet::storage {

/// Where the program ipet-walk-hdf5 is: beside the running program or the library that this code is in, or
/// one folder above. Empty when it is nowhere.
std::filesystem::path walker_program();

struct Walker {
  std::filesystem::path program = walker_program();
  std::chrono::milliseconds patience{30'000};  ///< and a second more for each GB of the file
  /// Called a few times in a second of waiting for the child, and while the file's digests are checked. What
  /// it throws ends both.
  std::function<void()> while_waiting = {};
};

/// Has the child look at the open file `descriptor` of so many bytes: all objects and attributes, all indexes
/// of chunks, and what small datasets hold. Returns when HDF5 can; that it finds errors is no failure, since
/// the reader will be told the same. Throws StorageError, "SHOWN: this file is damaged: ...", when the child
/// crashes, asks for too much memory or does not end in time.
void walk_hdf5(int descriptor, std::uint64_t bytes, const std::string& shown, const Walker& walker = {});

}  // namespace ipet::storage
