#include "stages/files/raw_io.hpp"

#include <cerrno>

#include <unistd.h>

namespace ipet::storage {

int write_at(int descriptor, std::uint64_t offset, const void* data, std::size_t size, std::size_t* done) {
  std::size_t at = 0;
  int error = 0;
  while (at < size && error == 0) {
    const ssize_t wrote =
        ::pwrite(descriptor, static_cast<const char*>(data) + at, size - at, static_cast<off_t>(offset + at));
    if (wrote > 0)
      at += static_cast<std::size_t>(wrote);
    else if (wrote == 0 || errno != EINTR)
      error = wrote == 0 ? ENOSPC : errno;
  }
  if (done != nullptr) *done = at;
  return error;
}

std::size_t read_at(int descriptor, std::uint64_t offset, void* data, std::size_t size, int& error) {
  std::size_t at = 0;
  for (error = 0; at < size;) {
    const ssize_t got =
        ::pread(descriptor, static_cast<char*>(data) + at, size - at, static_cast<off_t>(offset + at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    at += static_cast<std::size_t>(got);
  }
  return at;
}

}  // namespace ipet::storage
