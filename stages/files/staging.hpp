// Where files wait until they are complete and get their names.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "stages/files/error.hpp"

namespace ipet::storage {

/// A folder ".ipet-tmp-XXXXXX" beside the results, with a name that nothing else has (mkdtemp), also over
/// containers that share a disk. A file in it, `lock`, is locked (flock) as long as its process lives. So
/// what dead processes left can be told from what a live one writes, wherever that runs; it is removed here.
class Staging {
 public:
  /// Creates `folder` where it is missing and a staging folder in it, after removing those of dead processes.
  /// A folder that was made for it, and that nothing is in at the end, goes with it.
  /// Errors are StorageError and name `shown`.
  Staging(const std::filesystem::path& folder, const std::string& shown);
  Staging& operator=(Staging&&) = delete;
  /// Removes it with all that is in it.
  ~Staging();

  /// A name for one more file, which create_file opens.
  std::filesystem::path next_name() { return path_ / std::to_string(names_++); }

  /// Is called again and again while OutputFile and DiskFile write here; what it throws ends the writing.
  void on_write(std::function<void()> call) { on_write_ = std::move(call); }
  void writing() const {
    if (on_write_) on_write_();
  }

 private:
  bool lock();

  std::filesystem::path path_;
  int lock_ = -1;
  std::atomic<std::uint64_t> names_ = 0;
  std::function<void()> on_write_;
};

/// Opens a file that is not there yet; a link is not followed. The descriptor is closed in programs that this
/// one starts. Errors name `shown`.
int create_file(const std::filesystem::path& file, bool read_too, const std::string& shown);

/// Removes the staging folders in `folder` whose processes have ended, and nothing else.
void remove_dead_staging(const std::filesystem::path& folder);

}  // namespace ipet::storage
