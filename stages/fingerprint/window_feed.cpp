#include "stages/fingerprint/window_feed.hpp"

#include <algorithm>
#include <stdexcept>

#include <tbb/parallel_for.h>
#include <tbb/task_group.h>

namespace ipet::fingerprint {

/// The windows of blocks one after the other; reads one block ahead.
class WindowFeed::Blocks {
 public:
  Blocks(const Dataset& data, std::vector<Block> blocks) : data_(data), blocks_(std::move(blocks)) {
    read_ahead();
  }
  ~Blocks() {
    try {
      reading_.wait();
    } catch (...) {  // an epoch that ends early wants no more windows
    }
  }
  Blocks& operator=(Blocks&&) = delete;

  /// Features of the next window; null after the last one. Valid until the next call.
  const float* next() {
    if (row_ * data_.row_size() == now_.size()) {
      if (block_ == blocks_.size()) return nullptr;
      reading_.wait();
      std::swap(now_, ahead_);
      row_ = 0;
      ++block_;
      read_ahead();
    }
    return now_.data() + row_++ * data_.row_size();
  }

 private:
  void read_ahead() {
    if (block_ == blocks_.size()) return;
    reading_.run([this] {
      const Block& block = blocks_[block_];
      ahead_.resize(block.count * data_.row_size());
      data_.read(block.first, block.count, ahead_.data());
    });
  }

  const Dataset& data_;
  std::vector<Block> blocks_;
  std::size_t block_ = 0;  ///< being read
  std::vector<float> now_, ahead_;
  std::size_t row_ = 0;  ///< of `now_`
  /// Isolated: where a loop around the training is cancelled, oneTBB would skip the reading without a word.
  tbb::task_group_context context_{tbb::task_group_context::isolated};
  tbb::task_group reading_{context_};
};

WindowFeed::WindowFeed(const Dataset& data, EpochOrder order) : data_(data), order_(std::move(order)) {
  if (data.random_access()) return;
  if (order_.blocks().empty())
    throw std::logic_error("a data set that fits the buffer was not brought there");
  blocks_ = std::make_unique<Blocks>(data, order_.blocks());
  const std::size_t places = order_.buffer_windows();
  buffer_.resize(places * data.row_size());
  for (std::size_t place = 0; place < places; ++place) fill(place);
}

WindowFeed::~WindowFeed() = default;

void WindowFeed::fill(std::size_t place) {
  const float* next = blocks_->next();
  if (next == nullptr) return;
  std::copy_n(next, data_.row_size(), buffer_.data() + place * data_.row_size());
}

const float* WindowFeed::from_buffer(EpochOrder::Pick pick, std::size_t row) {
  float* copy = step_.data() + row * data_.row_size();
  std::copy_n(buffer_.data() + pick.place * data_.row_size(), data_.row_size(), copy);
  fill(pick.place);
  return copy;
}

void WindowFeed::compute() {
  const auto read = [this](const tbb::blocked_range<std::size_t>& rows) {
    for (std::size_t row = rows.begin(); row != rows.end(); ++row)
      data_.read(picked_[row], 1, step_.data() + row * data_.row_size());
  };
  // Isolated: where a loop around the training is cancelled, oneTBB would skip rows without a word.
  tbb::task_group_context context(tbb::task_group_context::isolated);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, picked_.size(), 16), read, context);
}

std::span<const WindowRow> WindowFeed::take(std::size_t count) {
  const bool here = data_.in_memory();
  if (!here) step_.resize(std::max(step_.size(), count * data_.row_size()));
  rows_.clear();
  picked_.clear();
  for (std::size_t row = 0; row < count; ++row) {
    const EpochOrder::Pick pick = order_.next();
    const float* features = step_.data() + row * data_.row_size();
    if (here) features = data_.window(pick.window);
    if (blocks_) features = from_buffer(pick, row);
    rows_.push_back({features, data_.silence_of(pick.window), data_.label[pick.window]});
    picked_.push_back(pick.window);
  }
  if (!here && !blocks_) compute();
  return rows_;
}

}  // namespace ipet::fingerprint
