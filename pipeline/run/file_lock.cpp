#include "pipeline/run/file_lock.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ipet::run {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), "cannot lock '" + file.string() + "'");
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
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail(file_);
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

void FileLock::write(const std::string& text) const {
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) < 0) fail(file_);
}

}  // namespace ipet::run
