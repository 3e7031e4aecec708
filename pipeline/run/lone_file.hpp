// A result file that belongs to no single run, as the table over the points of a sweep.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ipet::run {

/// Placed as results of runs are: whole or not at all, recorded in its folder, an earlier one of other
/// content kept beside it, and nothing replaced that ipet did not make. Errors are std::runtime_error and
/// name the file.
class LoneFile {
 public:
  /// Throws when something is in the way that must not be replaced.
  explicit LoneFile(std::filesystem::path file);

  /// Returns what there is to say, "" if nothing: that an earlier one is kept, what a power failure may cost.
  [[nodiscard]] std::string write(std::string_view text) const;
  [[nodiscard]] const std::filesystem::path& name() const { return file_; }

 private:
  std::filesystem::path file_;
};

}  // namespace ipet::run
