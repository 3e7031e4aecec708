#include "stages/files/spill.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "stages/files/staging.hpp"

namespace ipet::storage {

namespace {
constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
}

Spill::Spill(const std::filesystem::path& folder, std::string shown) : shown_(std::move(shown)) {
  descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ < 0) {
    // File systems without nameless files: EOPNOTSUPP; kernels that do not know them: EISDIR.
    if (errno != EOPNOTSUPP && errno != EISDIR) fail(errno);
    Staging staging(folder, shown_);
    const std::filesystem::path name = staging.next_name();
    descriptor_ = create_file(name, true, shown_);
    ::unlink(name.c_str());
  }
  buffer_.reserve(buffer_bytes);
}

Spill::~Spill() {
  ::close(descriptor_);
}

void Spill::fail(int error) const {
  throw StorageError(shown_ + ": " + std::generic_category().message(error));
}

std::uint64_t Spill::append(const void* data, std::size_t size) {
  const std::uint64_t offset = this->size();
  const char* bytes = static_cast<const char*>(data);
  if (buffer_.size() + size > buffer_bytes) flush();
  if (size > buffer_bytes)
    write(bytes, size);
  else
    buffer_.insert(buffer_.end(), bytes, bytes + size);
  return offset;
}

void Spill::flush() {
  write(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void Spill::write(const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t done = ::pwrite(descriptor_, data, size, static_cast<off_t>(written_));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail(done < 0 ? errno : ENOSPC);
    data += done;
    written_ += static_cast<std::uint64_t>(done);
    size -= static_cast<std::size_t>(done);
  }
}

void Spill::read(std::uint64_t offset, void* data, std::size_t size) {
  if (offset + size > written_) flush();
  char* bytes = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = ::pread(descriptor_, bytes, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail(got < 0 ? errno : EIO);
    bytes += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace ipet::storage
