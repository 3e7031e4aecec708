// Gives an epoch its windows, from memory or, block by block, from a file.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "stages/dataset/dataset.hpp"
#include "stages/fingerprint/epoch_order.hpp"

namespace ipet::fingerprint {

/// One window of a step.
struct WindowRow {
  const float* features = nullptr;  ///< [slot, windows::Column]
  float silence = 0;                ///< seconds
  std::uint16_t label = 0;
};

/// Where a data set is neither in memory nor of random access, the feed keeps what the order's buffer holds
/// and two blocks: the one that enters the buffer, and the one after it, which is read meanwhile.
class WindowFeed {
 public:
  /// `data` must outlive this. Where the order has no buffer, the data set must be of random access.
  WindowFeed(const Dataset& data, EpochOrder order);
  ~WindowFeed();
  WindowFeed& operator=(WindowFeed&&) = delete;

  /// The next `count` windows of the epoch, at most as many as are left. Valid until the next call. Throws as
  /// Dataset::read does.
  std::span<const WindowRow> take(std::size_t count);

 private:
  class Blocks;
  /// Copies the next window that enters to its place; does nothing when all have.
  void fill(std::size_t place);
  /// Reads the windows of a step of random access.
  void compute();
  const float* from_buffer(EpochOrder::Pick pick, std::size_t row);

  const Dataset& data_;
  EpochOrder order_;
  std::unique_ptr<Blocks> blocks_;  ///< null when the data set is in memory
  std::vector<float> buffer_;       ///< [place, slot, column]
  std::vector<float> step_;         ///< [row, slot, column]: copies, since places are taken again at once
  std::vector<WindowRow> rows_;
  std::vector<std::size_t> picked_;  ///< positions of `rows_`
};

}  // namespace ipet::fingerprint
