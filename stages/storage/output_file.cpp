#include "stages/storage/output_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "stages/storage/publish.hpp"

namespace ipet::storage {

namespace {

[[noreturn]] void fail(const std::filesystem::path& shown, int error) {
  throw StorageError(shown.string() + ": " + std::generic_category().message(error));
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path final)
    : final_(std::move(final)), temporary_(temporary_name(final_)) {
  prepare_folder_of(final_);
  ::unlink(temporary_.c_str());  // a killed process of the same number may have left one
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(final_, errno);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : final_(std::move(other.final_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      written_(other.written_),
      buffer_(std::move(other.buffer_)) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::put(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail(final_, done < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
}

void OutputFile::flush() {
  put(written_, buffer_);
  written_ += buffer_.size();
  buffer_.clear();
}

void OutputFile::overwrite(std::uint64_t offset, std::string_view bytes) {
  flush();
  put(offset, bytes);
}

void OutputFile::finish() {
  flush();
  std::string().swap(buffer_);  // assigning an empty one would keep its room, of thousands of files
  flush_to_disk(descriptor_, final_.string());
  // Some file systems tell of a failed write only now.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(final_, errno);
}

void OutputFile::publish() {
  give_name(temporary_, final_, final_.string());
  temporary_.clear();
}

}  // namespace ipet::storage
