// Files as they lie on the disk or come through a pipe.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stages/capture/byte_source.hpp"
#include "stages/capture/compression.hpp"
#include "stages/capture/patience.hpp"

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

/// Two stages, or two points of a sweep, can name one pipe.
void claim_pipe(const std::filesystem::path& path, const std::string& shown) {
  static std::mutex mutex;
  static std::set<std::tuple<std::string, dev_t, ino_t>> claimed;
  struct stat status = {};
  if ((path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status)) != 0) return;
  if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode)) return;
  const std::scoped_lock lock(mutex);
  std::error_code error;
  const std::filesystem::path place = path == "-" ? path : std::filesystem::weakly_canonical(path, error);
  if (!claimed.emplace(place.string(), status.st_dev, status.st_ino).second)
    throw CaptureError(shown +
                       ": a pipe can be read once, and this run has read it before (in another stage, or "
                       "another point of a sweep); save what comes through it in a file first");
}

thread_local Patience* patience = nullptr;

bool is_pipe(int file) {
  struct stat status = {};
  return ::fstat(file, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

/// False when the pipe's bytes are waited for no longer. `first`: none have come yet.
bool wait_for_pipe(int file, bool first, const std::string& name) {
  constexpr int milliseconds = 200, turns_until_said = 10;
  for (int turns = 1;; ++turns) {
    pollfd pipe{file, POLLIN, 0};
    const int ready = ::poll(&pipe, 1, milliseconds);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (Patience::is_over()) return false;
    if (first && turns == turns_until_said) Patience::say_waiting(name);
  }
}

}  // namespace

Patience::Patience(std::function<bool()> is_over, std::function<void(const std::string&)> waiting)
    : is_over_(std::move(is_over)), waiting_(std::move(waiting)), before_(std::exchange(patience, this)) {}

Patience::~Patience() {
  patience = before_;
}

bool Patience::is_over() {
  return patience != nullptr && patience->is_over_();
}

void Patience::say_waiting(const std::string& pipe) {
  if (patience != nullptr && patience->waiting_)
    patience->waiting_(
        pipe +
        ": nothing has come through this pipe for 2 s; waiting for a program that writes to it "
        "(Ctrl-C ends the wait)");
}

Descriptor::Descriptor(const std::filesystem::path& path)
    : name_(path == "-" ? "standard input" : path.string()) {
  if (can_be_read_once(path)) claim_pipe(path, name_);
  // A pipe opens at once, also when nobody writes to it yet; read() waits.
  file_ = path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                      : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file_ < 0) throw CaptureError(name_ + ": cannot be opened: " + std::strerror(errno));
  struct stat status = {};
  const bool known = ::fstat(file_, &status) == 0;
  std::string wrong;
  if (known && S_ISDIR(status.st_mode)) wrong = ": is a folder, not a capture";
  if (::isatty(file_) == 1) wrong = ": is a terminal, where no captures come from";
  if (!wrong.empty()) {
    ::close(file_);
    throw CaptureError(name_ + wrong);
  }
  if (path == "-" && known && S_ISREG(status.st_mode)) begin_ = ::lseek(file_, 0, SEEK_CUR);
  ::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

Descriptor::~Descriptor() {
  ::close(file_);
}

std::size_t Descriptor::read(std::uint8_t* to, std::size_t size) {
  std::size_t done = 0;
  const bool may_wait = is_pipe(file_);
  while (done < size) {
    if (may_wait && !wait_for_pipe(file_, offset_ == 0, name_)) break;
    const ssize_t got = begin_ ? ::pread(file_, to + done, size - done,
                                         static_cast<off_t>(*begin_ + static_cast<std::int64_t>(offset_)))
                               : ::read(file_, to + done, size - done);
    if (got < 0 && (errno == EINTR || (may_wait && errno == EAGAIN))) continue;
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
  std::vector<std::uint8_t> buffer(std::size_t{1} << 20);
  while (const std::size_t got = file_->read(buffer.data(), buffer.size())) {
    add(buffer.data(), got);
    if (Patience::is_over()) return;
  }
}

bool can_be_read_once(const std::filesystem::path& path) {
  struct stat status = {};
  if ((path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status)) != 0) return path == "-";
  return !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

std::unique_ptr<Input> open_input(const std::filesystem::path& path, FileChecksum* checksum) {
  return decompressed(std::make_unique<FileInput>(path, checksum));
}

std::unique_ptr<Input> first_bytes(std::unique_ptr<Input> input, std::size_t limit, bool& reached) {
  return std::make_unique<FirstBytes>(std::move(input), limit, reached);
}

}  // namespace ipet::capture
