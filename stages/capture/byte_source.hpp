// The bytes of a file, decompressed where needed, through one reusable buffer: memory does not grow with the
// file, and a file that shrinks while it is read is an early end, not a signal as with a mapping.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "pipeline/checksum/content_hash.hpp"

namespace ipet::capture {

/// A file that cannot be read as a capture. The text begins with the path.
class CaptureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The system could not read on (EIO ...). Unlike a file that ends too early, that says nothing of the file:
/// what is missing may be there.
class ReadError : public CaptureError {
 public:
  using CaptureError::CaptureError;
};

/// Where bytes come from. Returns fewer than `size` bytes only at the end.
class Input {
 public:
  virtual ~Input() = default;
  virtual std::size_t read(std::uint8_t* to, std::size_t size) = 0;
  /// Why the input ended too early; empty when it did not.
  [[nodiscard]] const std::string& damage() const { return damage_; }

 protected:
  std::string damage_;
};

/// An open file.
class Descriptor {
 public:
  /// "-" is standard input; where that is a file, each Descriptor reads it from where it stood when the
  /// program began. Throws CaptureError when the file cannot be opened, is a folder, or is a pipe that this
  /// process has opened before: its bytes are gone, and opening it again would wait for ever.
  explicit Descriptor(const std::filesystem::path& path);
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  /// Fewer than `size` only at the end. Throws ReadError.
  std::size_t read(std::uint8_t* to, std::size_t size);

 private:
  std::string name_;
  int file_ = -1;
  std::uint64_t offset_ = 0;
  std::optional<std::int64_t> begin_;  ///< of a file on standard input, whose position others share
};

/// Size and hash of a file, gathered while it is read, so that nobody has to read it again for them.
class FileChecksum {
 public:
  void begin(std::shared_ptr<Descriptor> file) { file_ = std::move(file); }
  void add(const std::uint8_t* data, std::size_t size) {
    hash_.bytes(data, size);
    bytes_ += size;
  }
  /// The end of the file was met: what is appended from now on was not read.
  void end() { ended_ = true; }
  /// Reads what has not been read: reading a capture ends where it is damaged. Throws ReadError.
  void finish();
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// XXH3-128, 32 hexadecimal digits.
  [[nodiscard]] std::string text() const { return hash_.text(); }

 private:
  std::shared_ptr<Descriptor> file_;
  checksum::ContentHash hash_;
  std::uint64_t bytes_ = 0;
  bool ended_ = false;
};

/// Whether the bytes come once only: a pipe, a socket or a terminal, also as standard input ("-").
[[nodiscard]] bool can_be_read_once(const std::filesystem::path& path);

/// Plain, or compressed as the first bytes tell (compression.hpp). Throws CaptureError when the file cannot
/// be opened or is a folder. `checksum`, where there is one, gets the bytes of the file as they are read.
std::unique_ptr<Input> open_input(const std::filesystem::path& path, FileChecksum* checksum = nullptr);

/// The first `limit` bytes of an input, for a look at a file before it is read. Sets `reached` when that is
/// not all of it; it must outlive the result.
std::unique_ptr<Input> first_bytes(std::unique_ptr<Input> input, std::size_t limit, bool& reached);

class ByteSource {
 public:
  /// Most that can be peeked at once.
  static constexpr std::size_t capacity = std::size_t{512} << 10;

  explicit ByteSource(std::unique_ptr<Input> input);

  /// At least `size` contiguous bytes from the current position; fewer only when the data end before.
  std::span<const std::uint8_t> peek(std::size_t size) {
    if (end_ - begin_ < size) refill(size);
    return {buffer_.get() + begin_, end_ - begin_};
  }
  /// Goes forward, at most to the end; returns how far.
  std::uint64_t skip(std::uint64_t size) {
    if (size > end_ - begin_) return skip_beyond(size);
    begin_ += static_cast<std::size_t>(size);
    return size;
  }
  /// Moves the next `size` bytes out; fewer only where the data end. May be more than can be peeked at.
  std::size_t read(std::uint8_t* to, std::size_t size);
  /// Offset of the current position in the decompressed data.
  [[nodiscard]] std::uint64_t offset() const { return base_ + begin_; }
  [[nodiscard]] const std::string& damage() const { return input_->damage(); }

 private:
  void refill(std::size_t size);
  std::uint64_t skip_beyond(std::uint64_t size);

  std::unique_ptr<Input> input_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t base_ = 0;  // offset of buffer_[0]
  bool exhausted_ = false;
};

}  // namespace ipet::capture
