#include "stages/capture/byte_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace ipet::capture {

namespace {

class FileInput final : public Input {
 public:
  FileInput(const std::filesystem::path& path, FileChecksum* checksum) : checksum_(checksum) {
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) throw CaptureError(path.string() + ": cannot be opened: " + std::strerror(errno));
    struct stat status = {};
    if (::fstat(file_, &status) == 0 && S_ISDIR(status.st_mode)) {
      ::close(file_);
      throw CaptureError(path.string() + ": is a folder, not a capture");
    }
    ::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;
  ~FileInput() override { ::close(file_); }

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::read(file_, to + done, size - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) damage_ = std::string("cannot be read further: ") + std::strerror(errno);
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    if (checksum_ == nullptr) return done;
    checksum_->add(to, done);
    if (done < size && damage_.empty()) checksum_->end();
    return done;
  }
  void go_to(std::uint64_t offset) const { ::lseek(file_, static_cast<off_t>(offset), SEEK_SET); }

 private:
  int file_ = -1;
  FileChecksum* checksum_;
};

/// Gives back the bytes that were read to tell the format.
class PrefixedInput final : public Input {
 public:
  PrefixedInput(std::vector<std::uint8_t> prefix, std::unique_ptr<Input> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    const std::size_t from_prefix = std::min(size, prefix_.size() - used_);
    std::copy_n(prefix_.begin() + static_cast<std::ptrdiff_t>(used_), from_prefix, to);
    used_ += from_prefix;
    if (from_prefix == size) return size;
    const std::size_t total = from_prefix + rest_->read(to + from_prefix, size - from_prefix);
    damage_ = rest_->damage();
    return total;
  }

 private:
  std::vector<std::uint8_t> prefix_;
  std::size_t used_ = 0;
  std::unique_ptr<Input> rest_;
};

/// What the two decompressors share: a buffer of compressed bytes.
class CompressedInput : public Input {
 protected:
  explicit CompressedInput(std::unique_ptr<Input> packed) : packed_(std::move(packed)), bytes_(1 << 17) {}

  /// False at the end of the compressed data.
  bool fill() {
    if (next_ < size_) return true;
    next_ = 0;
    size_ = packed_->read(bytes_.data(), bytes_.size());
    if (damage_.empty()) damage_ = packed_->damage();
    return size_ > 0;
  }
  void cut_short() {
    if (damage_.empty()) damage_ = "the compressed data are cut short";
  }

  std::unique_ptr<Input> packed_;
  std::vector<std::uint8_t> bytes_;
  std::size_t next_ = 0, size_ = 0;
  bool done_ = false;
};

class GzipInput final : public CompressedInput {
 public:
  explicit GzipInput(std::unique_ptr<Input> packed) : CompressedInput(std::move(packed)) {
    constexpr int gzip_only = 15 + 16;
    if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;
  ~GzipInput() override { inflateEnd(&stream_); }

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    std::size_t made = 0;
    while (made < size && !done_) {
      if (!fill()) {
        done_ = true;
        if (!between_members_) cut_short();
        break;
      }
      between_members_ = false;
      made += inflate_some(to + made, size - made);
    }
    return made;
  }

 private:
  std::size_t inflate_some(std::uint8_t* to, std::size_t size) {
    stream_.next_in = bytes_.data() + next_;
    stream_.avail_in = static_cast<uInt>(size_ - next_);
    stream_.next_out = to;
    stream_.avail_out = static_cast<uInt>(size);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    next_ = size_ - stream_.avail_in;
    if (result == Z_STREAM_END) {
      between_members_ = true;
      inflateReset(&stream_);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      done_ = true;
      damage_ = std::string("the gzip data are damaged: ") + (stream_.msg ? stream_.msg : "unknown error");
    }
    return size - stream_.avail_out;
  }

  z_stream stream_{};
  bool between_members_ = false;
};

class ZstdInput final : public CompressedInput {
 public:
  explicit ZstdInput(std::unique_ptr<Input> packed)
      : CompressedInput(std::move(packed)), stream_(ZSTD_createDStream(), ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

  std::size_t read(std::uint8_t* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos < size && !done_) {
      if (!fill() && frame_complete_) {
        done_ = true;
        break;
      }
      ZSTD_inBuffer in{bytes_.data(), size_, next_};
      const std::size_t before = out.pos, hint = ZSTD_decompressStream(stream_.get(), &out, &in);
      const bool moved = out.pos != before || in.pos != next_;
      next_ = in.pos;
      if (ZSTD_isError(hint)) {
        done_ = true;
        damage_ = std::string("the zstd data are damaged: ") + ZSTD_getErrorName(hint);
      } else if (!moved) {
        done_ = true;
        cut_short();
      }
      frame_complete_ = hint == 0;
    }
    return out.pos;
  }

 private:
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
  bool frame_complete_ = false;
};

}  // namespace

void FileChecksum::finish(const std::filesystem::path& path) {
  if (ended_) return;
  FileInput file(path, nullptr);
  file.go_to(bytes_);
  std::vector<std::uint8_t> buffer(std::size_t{1} << 17);
  while (const std::size_t got = file.read(buffer.data(), buffer.size())) add(buffer.data(), got);
}

std::unique_ptr<Input> open_input(const std::filesystem::path& path, FileChecksum* checksum) {
  std::unique_ptr<Input> file = std::make_unique<FileInput>(path, checksum);
  std::vector<std::uint8_t> magic(4);
  magic.resize(file->read(magic.data(), magic.size()));
  const bool gzip = magic.size() >= 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  const bool zstd = magic == std::vector<std::uint8_t>{0x28, 0xb5, 0x2f, 0xfd};
  if (magic.empty() && !file->damage().empty()) throw CaptureError(path.string() + ": " + file->damage());
  auto whole = std::make_unique<PrefixedInput>(std::move(magic), std::move(file));
  if (gzip) return std::make_unique<GzipInput>(std::move(whole));
  if (zstd) return std::make_unique<ZstdInput>(std::move(whole));
  return whole;
}

ByteSource::ByteSource(std::unique_ptr<Input> input)
    : input_(std::move(input)), buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)) {}

void ByteSource::refill(std::size_t size) {
  if (exhausted_) return;
  if (size > capacity) throw std::logic_error("peeked beyond the buffer");
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  base_ += begin_;
  end_ -= begin_;
  begin_ = 0;
  const std::size_t room = capacity - end_, got = input_->read(buffer_.get() + end_, room);
  end_ += got;
  exhausted_ = got < room;
}

std::size_t ByteSource::read(std::uint8_t* to, std::size_t size) {
  const std::size_t ready = std::min(size, end_ - begin_);
  std::copy_n(buffer_.get() + begin_, ready, to);
  begin_ += ready;
  if (ready == size || exhausted_) return ready;
  const std::size_t got = input_->read(to + ready, size - ready);
  base_ += got;
  exhausted_ = got < size - ready;
  return ready + got;
}

std::uint64_t ByteSource::skip_beyond(std::uint64_t size) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t step = std::min<std::uint64_t>(size - done, peek(1).size());
    if (step == 0) break;
    begin_ += static_cast<std::size_t>(step);
    done += step;
  }
  return done;
}

}  // namespace ipet::capture
