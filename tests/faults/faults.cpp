// Loaded into a program with LD_PRELOAD, lets the nth call of one kind fail, of those that concern files
// below a folder:
//
//   IPET_FAULT_FOLDER  the folder, an absolute path without links
//   IPET_FAULT_CALL    write (also pwrite, writev), fsync (also fdatasync), rename or open (to write, or to
//   make) IPET_FAULT_NTH     counted from 1; once or, with IPET_FAULT_LASTING set, from then on
//   IPET_FAULT_ERRNO   ENOSPC or EIO
//   IPET_FAULT_KILL    set: the process is killed (SIGKILL) before the call, instead
//   IPET_FAULT_MARK    a file that is made when the call was reached; outside of the folder
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_below(const char* path, int folder_descriptor = AT_FDCWD) {
  static const std::string folder = std::string(setting("IPET_FAULT_FOLDER")) + "/";
  if (folder == "/") return false;
  std::string name = path;
  if (name.empty()) return false;
  if (name[0] != '/') {
    char base[PATH_MAX] = {};
    const std::string link = folder_descriptor == AT_FDCWD
                                 ? "/proc/self/cwd"
                                 : "/proc/self/fd/" + std::to_string(folder_descriptor);
    if (::readlink(link.c_str(), base, sizeof base - 1) < 0) return false;
    name = std::string(base) + "/" + name;
  }
  return (name + "/").compare(0, folder.size(), folder) == 0;
}

bool is_below(int descriptor) {
  char path[PATH_MAX] = {};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  return ::readlink(link.c_str(), path, sizeof path - 1) > 0 && is_below(path);
}

/// Counts a call; true when it is the one to fail, with errno set.
bool fails(const char* call) {
  static const std::string chosen = setting("IPET_FAULT_CALL");
  if (chosen != call) return false;
  static std::atomic<long> count = 0;
  static const long nth = std::atol(setting("IPET_FAULT_NTH"));
  const long number = ++count;
  if (number < nth || (number > nth && *setting("IPET_FAULT_LASTING") == '\0')) return false;
  const int mark = real<int (*)(const char*, int, ...)>("open")(setting("IPET_FAULT_MARK"),
                                                                O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (mark >= 0) ::close(mark);
  if (*setting("IPET_FAULT_KILL") != '\0') ::kill(::getpid(), SIGKILL);
  errno = std::strcmp(setting("IPET_FAULT_ERRNO"), "EIO") == 0 ? EIO : ENOSPC;
  return true;
}

bool to_write(int flags) {
  return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
  if (is_below(descriptor) && fails("write")) return -1;
  return real<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, data, size);
}
ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  if (is_below(descriptor) && fails("write")) return -1;
  return real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(descriptor, data, size, offset);
}
ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset) {
  if (is_below(descriptor) && fails("write")) return -1;
  return real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, data, size, offset);
}
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  if (is_below(descriptor) && fails("write")) return -1;
  return real<ssize_t (*)(int, const struct iovec*, int)>("writev")(descriptor, parts, count);
}
int fsync(int descriptor) {
  if (is_below(descriptor) && fails("fsync")) return -1;
  return real<int (*)(int)>("fsync")(descriptor);
}
int fdatasync(int descriptor) {
  if (is_below(descriptor) && fails("fsync")) return -1;
  return real<int (*)(int)>("fdatasync")(descriptor);
}
int rename(const char* from, const char* to) {
  if (is_below(to) && fails("rename")) return -1;
  return real<int (*)(const char*, const char*)>("rename")(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  if (is_below(to, to_folder) && fails("rename")) return -1;
  return real<int (*)(int, const char*, int, const char*)>("renameat")(from_folder, from, to_folder, to);
}
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  if (to_write(flags) && is_below(path) && fails("open")) return -1;
  return real<int (*)(const char*, int, ...)>("open")(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  if (to_write(flags) && is_below(path) && fails("open")) return -1;
  return real<int (*)(const char*, int, ...)>("open64")(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  if (to_write(flags) && is_below(path, folder) && fails("open")) return -1;
  return real<int (*)(int, const char*, int, ...)>("openat")(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  if (std::strpbrk(mode, "wa+") != nullptr && is_below(path) && fails("open")) return nullptr;
  return real<FILE* (*)(const char*, const char*)>("fopen")(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  if (std::strpbrk(mode, "wa+") != nullptr && is_below(path) && fails("open")) return nullptr;
  return real<FILE* (*)(const char*, const char*)>("fopen64")(path, mode);
}
char* mkdtemp(char* path) {
  if (is_below(path) && fails("open")) return nullptr;
  return real<char* (*)(char*)>("mkdtemp")(path);
}
}
