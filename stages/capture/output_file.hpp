// A file that appears under its name when it is complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace ipet::capture {

/// Written as `.NAME.tmp-PID` in the same folder, which is created. All functions throw std::runtime_error
/// that begins with the final name.
class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path final_name);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  /// Removes what was not published.
  ~OutputFile();

  void write(std::span<const std::uint8_t> bytes) {
    if (buffer_.size() + bytes.size() > buffer_bytes) flush();
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  void write(std::string_view text) {
    write(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  /// Nothing more comes: on the disk, still under the temporary name.
  void finish();
  /// After finish(): replaces what is there under the final name.
  void publish();

  [[nodiscard]] const std::filesystem::path& final_name() const { return final_; }

 private:
  static constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
  void flush();
  [[noreturn]] void fail(int error) const;

  std::filesystem::path final_, temporary_;
  int descriptor_ = -1;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace ipet::capture
