// One run at a time in a folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/run/file_lock.hpp"

namespace ipet::run {

/// Has the output folder of a run to itself while it lives: a second run there would give a result that is
/// neither's. Throws std::runtime_error, which says who has it, and OutputError when the folder can be none.
class RunFolder {
 public:
  /// Creates the folder. An empty path, or one where nothing can be written anyway, is not locked.
  RunFolder(const std::filesystem::path& folder, const std::string& command_line);
  RunFolder& operator=(RunFolder&&) = delete;
  /// Removes the folders that it created, where nothing was written into them.
  ~RunFolder() { clear(); }

 private:
  void take(const std::filesystem::path& folder, const std::string& command_line);
  void clear();
  void create(const std::filesystem::path& folder);

  std::vector<std::filesystem::path> created_;  ///< outermost first
  std::unique_ptr<FileLock> lock_;
};

/// For a process that is about to end with a RunFolder at work: removes the lock, and of the folders that the
/// run created those in which there is nothing but temporary files of stages (".ipet-tmp-*"), with these. May
/// be called in a signal handler.
void abandon_run_folder() noexcept;

/// "" when there is such a folder or it can be created, as far as can be told without trying; else what is in
/// the way, on the way to it or under its name: a file, a link that leads nowhere or in a circle.
std::string obstacle_to_folder(const std::filesystem::path& folder);

}  // namespace ipet::run
