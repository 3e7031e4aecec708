// Features of windows that stay in a file, because all of them might not fit into memory.
#pragma once

#include <cstdint>
#include <span>

namespace ipet::windows {

class FeatureStore {
 public:
  virtual ~FeatureStore() = default;
  /// Copies the features of `rows` (positions in the file, ascending) to `out`, [row, slot, column]. Several
  /// threads may call at a time. Throws std::runtime_error that names the file when it cannot be read, or is
  /// not what it was any more.
  virtual void read(std::span<const std::uint64_t> rows, float* out) const = 0;
};

}  // namespace ipet::windows
