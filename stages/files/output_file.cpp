#include "stages/files/output_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "stages/files/raw_io.hpp"

namespace ipet::storage {

namespace {

[[noreturn]] void fail_to_write(const std::filesystem::path& shown, int error) {
  throw StorageError(shown.string() + ": " + std::generic_category().message(error));
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path final, Staging& staging)
    : final_(std::move(final)),
      temporary_(staging.next_name()),
      descriptor_(create_file(temporary_, false, final_.string())),
      staging_(&staging) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : final_(std::move(other.final_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      staging_(other.staging_),
      written_(other.written_),
      buffer_(std::move(other.buffer_)) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::put(std::uint64_t offset, std::string_view bytes) {
  if (const int error = write_at(descriptor_, offset, bytes.data(), bytes.size()); error != 0)
    fail_to_write(final_, error);
}

void OutputFile::flush() {
  staging_->writing();
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
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_to_write(final_, errno);
}

void OutputFile::hand_over(CompleteFiles& files) {
  if (descriptor_ >= 0) finish();
  if (!files.emplace(final_, temporary_).second)
    throw StorageError(final_.string() + ": two results would have this name");
  temporary_.clear();
}

}  // namespace ipet::storage
