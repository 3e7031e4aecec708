// A scratch file for rows that wait for their place in the result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "stages/files/error.hpp"

namespace ipet::storage {

/// Appends and reads back bytes. The file has no name from the moment it exists: nothing of it stays behind,
/// however the program ends. Errors name `shown`.
class Spill {
 public:
  Spill(const std::filesystem::path& folder, std::string shown);
  Spill& operator=(Spill&&) = delete;
  ~Spill();

  /// Returns the offset of what was appended.
  std::uint64_t append(const void* data, std::size_t size);
  void read(std::uint64_t offset, void* data, std::size_t size);
  [[nodiscard]] std::uint64_t size() const { return written_ + buffer_.size(); }

 private:
  void flush();
  void write(const char* data, std::size_t size);
  [[noreturn]] void fail(int error) const;

  std::string shown_;
  int descriptor_ = -1;
  std::uint64_t written_ = 0;
  std::vector<char> buffer_;  ///< not yet in the file
};

}  // namespace ipet::storage
