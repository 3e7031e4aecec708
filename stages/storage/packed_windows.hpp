// Windows in the scratch file: most of their features are zero, and those are left out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stages/storage/chunks.hpp"
#include "stages/windows/window.hpp"

namespace ipet::storage {

/// Replaces `out` by silence and start of all windows, then per window how many features are not zero, then
/// those.
void pack_windows(const windows::WindowBatch& batch, std::vector<char>& out);

/// Reads what pack_windows made. `bytes` must outlive it.
class PackedWindows {
 public:
  PackedWindows(std::span<const char> bytes, std::uint32_t windows);
  /// All silences (double), then all starts (int64).
  [[nodiscard]] const char* silence_and_start() const { return bytes_.data(); }
  /// The features of the next window that are not zero. Valid until the next call.
  std::span<const SparseElement> next_row();

 private:
  std::span<const char> bytes_;
  std::size_t counts_, elements_;  // where the next ones stand
  std::vector<SparseElement> row_;
};

}  // namespace ipet::storage
