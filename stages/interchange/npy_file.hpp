// Arrays as numpy's .npy files, format version 1.0 (NEP 1): a header, then the numbers row by row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "stages/files/output_file.hpp"

namespace ipet::interchange {

/// float64, C order. The first dimension is how many rows came; the header has room for it and is written
/// again at the end, so no row stays in memory.
class NpyFile {
 public:
  /// `row_shape`: the dimensions after the first; none for a vector.
  NpyFile(std::filesystem::path final, storage::Staging& staging, std::vector<std::uint64_t> row_shape);
  /// Whole rows.
  void append(std::span<const double> numbers);
  /// Writes the shape, flushes to the disk and adds the file to those that wait for their names.
  void hand_over(storage::CompleteFiles& files);

  [[nodiscard]] std::vector<std::uint64_t> shape() const;
  [[nodiscard]] const std::filesystem::path& final_name() const { return file_.final_name(); }

 private:
  [[nodiscard]] std::string header() const;

  storage::OutputFile file_;
  std::vector<std::uint64_t> row_shape_;
  std::uint64_t row_numbers_ = 1, numbers_ = 0;
};

}  // namespace ipet::interchange
