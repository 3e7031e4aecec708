// A file that is complete under its name or not there at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "stages/files/publish.hpp"
#include "stages/files/staging.hpp"

namespace ipet::storage {

/// Written under a temporary name in a Staging, which must outlive the file until it has its name. Errors are
/// StorageError and begin with the final name.
class OutputFile {
 public:
  OutputFile(std::filesystem::path final, Staging& staging);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  /// Removes the temporary file unless it was handed over.
  ~OutputFile();

  void write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > buffer_bytes) flush();
    buffer_.append(bytes);
  }
  /// Replaces bytes that were written before.
  void overwrite(std::uint64_t offset, std::string_view bytes);
  /// All of it to the disk, and no more writing.
  void finish();
  /// Finishes the file where that was not done, and adds it to those that wait for their names.
  void hand_over(CompleteFiles& files);

  [[nodiscard]] const std::filesystem::path& final_name() const { return final_; }

 private:
  static constexpr std::size_t buffer_bytes = std::size_t{256} << 10;
  void flush();
  void put(std::uint64_t offset, std::string_view bytes);

  std::filesystem::path final_, temporary_;
  int descriptor_ = -1;
  const Staging* staging_;
  std::uint64_t written_ = 0;
  std::string buffer_;
};

}  // namespace ipet::storage
