#include "stages/files/made_folders.hpp"

#include <mutex>
#include <set>
#include <vector>

#include <unistd.h>

#include "stages/process/one.hpp"

namespace ipet::storage {

namespace fs = std::filesystem;

namespace {

/// Those that stages of this process made, whichever plugin they are of.
struct MadeFolders {
  std::mutex mutex;
  std::set<fs::path> folders;
};
MadeFolders& made_folders() {
  return process::one<MadeFolders>("storage.made_folders");
}

/// Without links, "." and "..": one folder has one name. Empty where that cannot be told.
fs::path place_of(const fs::path& folder) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(fs::absolute(folder, error), error);
  if (error) return {};
  return place.has_filename() ? place : place.parent_path();
}

}  // namespace

void make_folders(const fs::path& folder, std::error_code& error) {
  std::error_code unknown;
  std::vector<fs::path> missing;
  for (fs::path at = place_of(folder); !at.empty() && !fs::exists(fs::symlink_status(at, unknown));
       at = at.parent_path())
    missing.push_back(at);
  {
    const std::scoped_lock lock(made_folders().mutex);
    std::error_code failed;
    for (auto at = missing.rbegin(); at != missing.rend() && !failed; ++at)
      if (fs::create_directory(*at, failed)) made_folders().folders.insert(*at);
  }
  fs::create_directories(folder, error);  // which says what is wrong
}

void remove_if_made_and_empty(const fs::path& folder) {
  const std::scoped_lock lock(made_folders().mutex);
  for (fs::path at = place_of(folder); made_folders().folders.contains(at); at = at.parent_path()) {
    if (::rmdir(at.c_str()) != 0) return;
    made_folders().folders.erase(at);
  }
}

}  // namespace ipet::storage
