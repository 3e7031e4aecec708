#include "pipeline/run/file_lock.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ipet::run {
namespace {

[[noreturn]] void fail_to_lock(const std::filesystem::path& file) {
  const int error = errno;
  struct stat seen {};
  const bool there = ::lstat(file.c_str(), &seen) == 0;
  if (there && !S_ISREG(seen.st_mode))
    throw std::runtime_error(file.string() + ": is a " +
                             (S_ISLNK(seen.st_mode)   ? "link"
                              : S_ISDIR(seen.st_mode) ? "folder"
                                                      : "device or pipe") +
                             ", and ipet keeps a lock of this name; remove it and run again");
  const std::string reason = std::generic_category().message(error);
  if (there && (error == EACCES || error == EPERM))
    throw std::runtime_error(file.string() + ": the lock of a run of another user cannot be opened (" +
                             reason + "); wait for that run's end, or remove the file when there is none");
  throw std::system_error(error, std::generic_category(), "cannot lock '" + file.string() + "'");
}

/// A lock is of a file that is one: whoever put something else there gets no write of ours.
bool is_file(int descriptor) {
  struct stat open {};
  errno = EINVAL;
  return ::fstat(descriptor, &open) == 0 && S_ISREG(open.st_mode);
}

/// Whether the open file still has this name: who has the lock removes the file when done.
bool is_still(int descriptor, const std::filesystem::path& name) {
  struct stat open {};
  struct stat named {};
  return ::fstat(descriptor, &open) == 0 && ::lstat(name.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

}  // namespace

FileLock::FileLock(std::filesystem::path file) : file_(std::move(file)) {
  take(true);
}

std::unique_ptr<FileLock> FileLock::attempt(const std::filesystem::path& file) {
  std::unique_ptr<FileLock> lock(new FileLock);
  lock->file_ = file;
  return lock->take(false) ? std::move(lock) : nullptr;
}

bool FileLock::take(bool wait) {
  for (;;) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (descriptor_ < 0) fail_to_lock(file_);
    if (!is_file(descriptor_)) {
      ::close(std::exchange(descriptor_, -1));
      fail_to_lock(file_);
    }
    int taken = 0;
    do taken = ::flock(descriptor_, LOCK_EX | (wait ? 0 : LOCK_NB));
    while (taken != 0 && errno == EINTR);
    const bool busy = taken != 0 && errno == EWOULDBLOCK;
    if (!busy && is_still(descriptor_, file_)) return true;
    ::close(descriptor_);
    descriptor_ = -1;
    if (busy) return false;
  }
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

void FileLock::remove_if_dead(const std::filesystem::path& file) noexcept {
  const int opened = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (opened < 0) return;
  if (is_file(opened) && ::flock(opened, LOCK_EX | LOCK_NB) == 0 && is_still(opened, file))
    ::unlink(file.c_str());
  ::close(opened);
}

void FileLock::write(const std::string& text) const {
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) < 0)
    fail_to_lock(file_);
}

}  // namespace ipet::run
