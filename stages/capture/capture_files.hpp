// Captures that a stage made, handed to the reader.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace ipet::capture {

struct CaptureFiles {
  static constexpr std::string_view type_name = "capture_files";
  static constexpr int type_version = 1;

  std::vector<std::filesystem::path> files;
  std::filesystem::path devices;  ///< devices.toml that goes with them

  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return files.size(); }
};

}  // namespace ipet::capture
