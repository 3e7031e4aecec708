// Opening HDF5 files that may be damaged or from elsewhere.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "stages/storage/handle.hpp"
#include "stages/storage/walk.hpp"

namespace ipet::storage {

/// Takes what a user should know of a file, "FILE: what is wrong with it". From any thread.
using Warn = std::function<void(const std::string& text)>;

/// What a file is told by.
struct FileIdentity {
  std::uint64_t bytes = 0;
  std::int64_t device = 0, number = 0, written = 0, changed = 0;  ///< the latter: ns
  auto operator<=>(const FileIdentity&) const = default;
};
/// Throws StorageError, "SHOWN: OTHERWISE<reason>", when there is no such file.
FileIdentity identify(const std::filesystem::path& file, const std::string& shown,
                      const std::string& otherwise = "");

struct OpenFile {
  h5::File file;
  FileIdentity identity;
  bool sealed = false;  ///< all but the data of datasets is as ipet wrote it
  std::string doubt;    ///< else why that is not known, for a warning
};

/// Opens a file read-only. One that is not as ipet wrote it (seal.hpp) is first looked through by a child
/// process (walk.hpp), once for all that open it; what is opened is the file that was looked at, unchanged.
/// Throws StorageError when it cannot be read, changes meanwhile, or does not survive that.
OpenFile open_guarded(const std::filesystem::path& file, const Walker& walker = {});

}  // namespace ipet::storage
