#include "stages/capture/output_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace ipet::capture {

OutputFile::OutputFile(std::filesystem::path final_name) : final_(std::move(final_name)) {
  std::error_code error;
  const std::filesystem::path folder = final_.parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) fail(error.value());
  temporary_ = folder / ("." + final_.filename().string() + ".tmp-" + std::to_string(::getpid()));
  ::unlink(temporary_.c_str());  // a killed process of the same number may have left one
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(errno);
  buffer_.reserve(buffer_bytes);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : final_(std::move(other.final_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::fail(int error) const {
  throw std::runtime_error(final_.string() + ": " + std::generic_category().message(error));
}

void OutputFile::flush() {
  const std::uint8_t* at = buffer_.data();
  std::size_t left = buffer_.size();
  while (left > 0) {
    const ssize_t done = ::write(descriptor_, at, left);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail(done < 0 ? errno : ENOSPC);
    at += done;
    left -= static_cast<std::size_t>(done);
  }
  buffer_.clear();
}

void OutputFile::finish() {
  flush();
  std::vector<std::uint8_t>().swap(buffer_);  // assigning an empty one would keep its room, for each capture
  if (::fsync(descriptor_) != 0) fail(errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
}

void OutputFile::publish() {
  if (::rename(temporary_.c_str(), final_.c_str()) != 0) fail(errno);
  temporary_.clear();
}

}  // namespace ipet::capture
