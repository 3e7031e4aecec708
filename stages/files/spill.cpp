#include "stages/files/spill.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "stages/files/raw_io.hpp"
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
  if (const int error = write_at(descriptor_, written_, data, size); error != 0) fail(error);
  written_ += size;
}

void Spill::read(std::uint64_t offset, void* data, std::size_t size) {
  if (offset + size > written_) flush();
  int error = 0;
  if (read_at(descriptor_, offset, data, size, error) < size) fail(error != 0 ? error : EIO);
}

}  // namespace ipet::storage
