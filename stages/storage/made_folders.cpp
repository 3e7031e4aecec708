#include "stages/storage/made_folders.hpp"

#include <mutex>
#include <set>
#include <vector>

#include <unistd.h>

namespace ipet::storage {

namespace fs = std::filesystem;

namespace detail {
/// Default visibility makes these one per process, also when several plugins link this library statically.
[[gnu::visibility("default")]] inline std::mutex folders_mutex;
[[gnu::visibility("default")]] inline std::set<fs::path> made_folders;
}  // namespace detail

namespace {

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
    const std::scoped_lock lock(detail::folders_mutex);
    std::error_code failed;
    for (auto at = missing.rbegin(); at != missing.rend() && !failed; ++at)
      if (fs::create_directory(*at, failed)) detail::made_folders.insert(*at);
  }
  fs::create_directories(folder, error);  // which says what is wrong
}

void remove_if_made_and_empty(const fs::path& folder) {
  const std::scoped_lock lock(detail::folders_mutex);
  for (fs::path at = place_of(folder); detail::made_folders.contains(at); at = at.parent_path()) {
    if (::rmdir(at.c_str()) != 0) return;
    detail::made_folders.erase(at);
  }
}

}  // namespace ipet::storage
