// In which order an epoch sees the windows of a data set.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

/// Consecutive windows of a data set.
struct Block {
  std::size_t first = 0, count = 0;
};

/// A data set that fits the buffer is shuffled as a whole. A larger one is cut into blocks, which enter the
/// buffer in a shuffled order, window by window: each step takes a random window out of the full buffer, and
/// the next one takes its place. So the windows of a data set can be read block by block, and no more than
/// the buffer need be in memory. The order depends on sizes and key alone, not on where the windows are.
class EpochOrder {
 public:
  static constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();  ///< a buffer for all
  /// Windows per block: long enough that reading one decodes few chunks of a file in vain, short enough that
  /// a buffer mixes 64 of them.
  static std::size_t block_windows(std::size_t buffer) {
    return std::clamp<std::size_t>(buffer / 64, 256, 4096);
  }

  /// `buffer` in windows, at least 1.
  EpochOrder(std::size_t size, std::size_t buffer, traffic::StreamKey key)
      : EpochOrder(size, buffer, block_windows(buffer), key) {}
  EpochOrder(std::size_t size, std::size_t buffer, std::size_t block, traffic::StreamKey key);

  struct Pick {
    std::uint32_t window = 0;  ///< position in the data set
    std::uint32_t place = 0;   ///< in the buffer; the next window that enters takes it
  };
  /// To be called as many times as there are windows.
  Pick next();
  /// What enters the buffer, in this order: the first windows take the places 0, 1 ... Empty where the data
  /// set fits the buffer.
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }
  /// Places of the buffer that are still to be emptied.
  [[nodiscard]] std::size_t buffer_windows() const { return buffer_.size() - taken_; }

 private:
  std::uint32_t enter();

  std::size_t left_ = 0;  ///< windows that have not entered the buffer
  std::vector<Block> blocks_;
  std::size_t block_ = 0, row_ = 0;  ///< of the window that enters next
  traffic::Random random_;
  std::vector<Pick> buffer_;
  std::size_t taken_ = 0;
};

}  // namespace ipet::fingerprint
