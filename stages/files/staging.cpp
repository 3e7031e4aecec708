#include "stages/files/staging.hpp"

#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/text/next_step.hpp"
#include "stages/files/made_folders.hpp"

namespace ipet::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".ipet-tmp-";
constexpr std::size_t random_letters = 6;
constexpr const char* lock_name = "lock";

[[noreturn]] void fail_to_stage(const std::string& shown, int error) {
  throw StorageError(shown + ": " + std::generic_category().message(error));
}

/// Whether the open file still has this name.
bool is_still(int descriptor, const fs::path& name) {
  struct stat open {};
  struct stat named {};
  return ::fstat(descriptor, &open) == 0 && ::lstat(name.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

/// The lock goes last: a removal that is cut short can be told, and is finished by the next one.
void remove_staging(const fs::path& staging) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(staging, error)) files.push_back(entry.path());
  for (const fs::path& file : files) {
    if (file.filename() != lock_name) ::unlink(file.c_str());
  }
  ::unlink((staging / lock_name).c_str());
  ::rmdir(staging.c_str());
}

void remove_if_dead(const fs::path& staging) {
  const fs::path lock = staging / lock_name;
  const int opened = ::open(lock.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (opened < 0) {
    // Just made, or nearly removed: then it is empty. Its maker tries again.
    if (errno == ENOENT) ::rmdir(staging.c_str());
    return;
  }
  if (::flock(opened, LOCK_EX | LOCK_NB) == 0 && is_still(opened, lock)) remove_staging(staging);
  ::close(opened);
}

}  // namespace

Staging::Staging(const fs::path& folder, const std::string& shown) {
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    std::error_code error;
    make_folders(folder, error);
    if (error)
      throw StorageError(shown + ": cannot create folder " + folder.string() + ": " + error.message() + "; " +
                         text::write_elsewhere);
    if (attempt == 0) remove_dead_staging(folder);
    std::string name = (folder / prefix).string() + std::string(random_letters, 'X');
    const bool made = ::mkdtemp(name.data()) != nullptr;
    if (!made && errno == ENOENT && attempt < 2) continue;  // a stage that ends removed the empty folder
    if (!made)
      throw StorageError(shown + ": cannot write in " + folder.string() + ": " +
                         std::generic_category().message(errno) + "; " + text::write_elsewhere);
    path_ = name;
    lock_ = ::open((path_ / lock_name).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ >= 0 && lock()) return;
    const int reason = errno;
    if (lock_ >= 0) ::close(lock_);
    ::rmdir(path_.c_str());
    // Another process that looked for dead ones may have taken it away: then again.
    if (lock_ < 0 && reason != ENOENT) fail_to_stage(shown, reason);
  }
  fail_to_stage(shown, EAGAIN);
}

bool Staging::lock() {
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    return errno != EWOULDBLOCK;  // no locks here: nobody can take ours
  return is_still(lock_, path_ / lock_name);
}

Staging::~Staging() {
  remove_staging(path_);
  ::close(lock_);
  remove_if_made_and_empty(path_.parent_path());
}

int create_file(const fs::path& file, bool read_too, const std::string& shown) {
  const int access = read_too ? O_RDWR : O_WRONLY;
  const int descriptor = ::open(file.c_str(), access | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) fail_to_stage(shown, errno);
  return descriptor;
}

void remove_dead_staging(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix) && name.size() == prefix.size() + random_letters &&
        fs::is_directory(entry.symlink_status(error)))
      found.push_back(entry.path());
  }
  for (const fs::path& staging : found) remove_if_dead(staging);
}

}  // namespace ipet::storage
