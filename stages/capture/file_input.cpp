// Files as they lie on the disk or come through a pipe.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stages/capture/byte_source.hpp"
#include "stages/capture/compression.hpp"

namespace ipet::capture {

namespace {

class FileInput final : public Input {
 public:
  FileInput(const std::filesystem::path& path, FileChecksum* checksum)
      : file_(std::make_shared<Descriptor>(path)), checksum_(checksum) {
    if (checksum_ != nullptr) checksum_->begin(file_);
  }

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    const std::size_t done = file_->read(to, size);
    if (checksum_ == nullptr) return done;
    checksum_->add(to, done);
    if (done < size) checksum_->end();
    return done;
  }

 private:
  std::shared_ptr<Descriptor> file_;
  FileChecksum* checksum_;
};

class FirstBytes final : public Input {
 public:
  FirstBytes(std::unique_ptr<Input> input, std::size_t limit, bool& reached)
      : input_(std::move(input)), left_(limit), reached_(reached) {}

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    const std::size_t wanted = std::min(size, left_), got = input_->read(to, wanted);
    left_ -= got;
    if (got < wanted)
      damage_ = input_->damage();
    else if (wanted < size)
      reached_ = true;
    return got;
  }

 private:
  std::unique_ptr<Input> input_;
  std::size_t left_;
  bool& reached_;
};

}  // namespace

Descriptor::Descriptor(const std::filesystem::path& path)
    : name_(path == "-" ? "standard input" : path.string()) {
  file_ =
      path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) throw CaptureError(name_ + ": cannot be opened: " + std::strerror(errno));
  struct stat status = {};
  std::string wrong;
  if (::fstat(file_, &status) == 0 && S_ISDIR(status.st_mode)) wrong = ": is a folder, not a capture";
  if (::isatty(file_) == 1) wrong = ": is a terminal, where no captures come from";
  if (!wrong.empty()) {
    ::close(file_);
    throw CaptureError(name_ + wrong);
  }
  ::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

Descriptor::~Descriptor() {
  ::close(file_);
}

std::size_t Descriptor::read(std::uint8_t* to, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file_, to + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw ReadError(name_ + ": cannot be read further than byte " + std::to_string(offset_) + ": " +
                      std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
    offset_ += static_cast<std::uint64_t>(got);
  }
  return done;
}

void FileChecksum::finish() {
  if (!file_ || ended_) return;
  std::vector<std::uint8_t> buffer(std::size_t{1} << 17);
  while (const std::size_t got = file_->read(buffer.data(), buffer.size())) add(buffer.data(), got);
}

bool can_be_read_once(const std::filesystem::path& path) {
  if (path == "-") return true;
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && std::filesystem::is_other(status);
}

std::unique_ptr<Input> open_input(const std::filesystem::path& path, FileChecksum* checksum) {
  return decompressed(std::make_unique<FileInput>(path, checksum));
}

std::unique_ptr<Input> first_bytes(std::unique_ptr<Input> input, std::size_t limit, bool& reached) {
  return std::make_unique<FirstBytes>(std::move(input), limit, reached);
}

}  // namespace ipet::capture
