// Lines of a text file of any size, plain or compressed (capture::open_input), in bounded memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "stages/capture/byte_source.hpp"

namespace ipet::interchange {

class LineReader {
 public:
  enum class Next {
    line,
    too_long,  ///< a line that does not fit the buffer (512 KiB); it was skipped
    end
  };

  /// Throws capture::CaptureError when the file cannot be opened. `checksum` as open_input() has it.
  explicit LineReader(const std::filesystem::path& path, capture::FileChecksum* checksum = nullptr)
      : source_(capture::open_input(path, checksum)) {}

  /// The next line without its end ("\n" or "\r\n"); valid until the next call. What precedes a damage is not
  /// a line unless it is ended.
  Next next(std::string_view& line);
  /// Number of the line that next() gave, counted from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// Why the file ends too early; empty when it does not. Complete at the end.
  [[nodiscard]] const std::string& damage() const { return source_.damage(); }

 private:
  void skip_line();

  capture::ByteSource source_;
  std::size_t taken_ = 0;  // bytes of the last line, with its end
  std::uint64_t number_ = 0;
};

}  // namespace ipet::interchange
