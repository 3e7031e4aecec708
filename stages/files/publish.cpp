#include "stages/files/publish.hpp"

#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/text/next_step.hpp"
#include "stages/files/made_folders.hpp"
#include "stages/process/one.hpp"

namespace ipet::storage {

namespace fs = std::filesystem;

namespace {

/// The files that stages of this process write, whichever plugin they are of.
struct Claims {
  std::mutex mutex;
  std::set<fs::path> files;
};
Claims& claims() {
  return process::one<Claims>("storage.claims");
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

const std::string in_the_way =
    std::string(": a folder of this name is in the way; move it away, or ") + text::write_elsewhere;

}  // namespace

Claim::Claim(const fs::path& file) : file_(fs::absolute(file).lexically_normal()) {
  const std::scoped_lock lock(claims().mutex);
  if (!claims().files.insert(file_).second)
    throw StorageError(file.string() + ": two stages write this file; give each its own");
}

Claim::~Claim() {
  const std::scoped_lock lock(claims().mutex);
  claims().files.erase(file_);
}

fs::path folder_of(const fs::path& file) {
  const fs::path folder = file.parent_path();
  return folder.empty() ? "." : folder;
}

fs::path prepare_folder_of(const fs::path& file) {
  std::error_code error;
  const fs::path folder = folder_of(file);
  make_folders(folder, error);
  if (error)
    throw StorageError(file.string() + ": cannot create folder " + folder.string() + ": " + error.message() +
                       "; " + text::write_elsewhere);
  if (fs::is_directory(file, error)) throw StorageError(file.string() + in_the_way);
  return folder;
}

std::string obstacle_to(const fs::path& file) {
  constexpr std::uintmax_t least_free = 64 << 20;
  std::error_code error;
  const std::string begin = file.string() + ": ";
  if (fs::is_directory(file, error)) return file.string() + in_the_way;
  // The nearest folder that exists: the others will be created in it.
  fs::path folder = fs::absolute(file, error).parent_path();
  while (!fs::exists(folder, error) && folder.has_relative_path()) {
    if (fs::is_symlink(fs::symlink_status(folder, error)))
      return begin + folder.string() + " is a link that leads nowhere";
    folder = folder.parent_path();
  }
  if (!fs::is_directory(folder, error)) return begin + folder.string() + " is not a folder";
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return begin + "cannot write in " + folder.string() + ": " + reason(errno);
  const fs::space_info space = fs::space(folder, error);
  if (!error && space.available < least_free)
    return begin + "only " + std::to_string(space.available >> 20) + " MiB free in " + folder.string();
  return "";
}

std::string what_stays(const fs::path& result) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(result, error)) && !fs::is_directory(result, error))
    return "the earlier " + result.string() + " stays";
  for (fs::recursive_directory_iterator at(result, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(".ipet-tmp-"))
      at.disable_recursion_pending();
    else if (at->is_regular_file(error))
      return "the earlier files in " + result.string() + " stay";
  }
  return {};
}

void flush_to_disk(int descriptor, const std::string& shown) {
  if (::fsync(descriptor) != 0) throw StorageError(shown + ": " + reason(errno));
}

void give_name(const fs::path& temporary, const fs::path& final) {
  if (::rename(temporary.c_str(), final.c_str()) != 0)
    throw StorageError(final.string() + ": " + reason(errno));
  // Some file systems cannot flush folders: no error then.
  const int opened = ::open(folder_of(final).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened >= 0) {
    (void)::fsync(opened);
    ::close(opened);
  }
}

void publish_at_once(const fs::path&, const CompleteFiles& files) {
  for (const auto& [final, temporary] : files) {
    const fs::path folder = prepare_folder_of(final);
    try {
      give_name(temporary, final);
    } catch (const StorageError&) {
      remove_if_made_and_empty(folder);
      throw;
    }
  }
}

}  // namespace ipet::storage
