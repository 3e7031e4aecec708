#include "stages/fingerprint/epoch_order.hpp"

#include <utility>

namespace ipet::fingerprint {
namespace {

template <class T>
void shuffle(std::vector<T>& values, traffic::Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

}  // namespace

EpochOrder::EpochOrder(std::size_t size, std::size_t buffer, std::size_t block, traffic::StreamKey key)
    : left_(size), random_(key) {
  if (size > buffer) {
    for (std::size_t first = 0; first < size; first += block)
      blocks_.push_back({first, std::min(block, size - first)});
    shuffle(blocks_, random_);
  } else {
    blocks_.push_back({0, size});
  }
  buffer_.resize(std::min(size, buffer));
  for (std::size_t i = 0; i < buffer_.size(); ++i) buffer_[i] = {enter(), static_cast<std::uint32_t>(i)};
  if (size > buffer) return;
  blocks_.clear();
  shuffle(buffer_, random_);
}

std::uint32_t EpochOrder::enter() {
  const Block& block = blocks_[block_];
  const std::size_t window = block.first + row_;
  --left_;
  if (++row_ == block.count) {
    row_ = 0;
    ++block_;
  }
  return static_cast<std::uint32_t>(window);
}

EpochOrder::Pick EpochOrder::next() {
  if (blocks_.empty()) return buffer_[taken_++];
  Pick& drawn = buffer_[random_.below(buffer_.size())];
  const Pick pick = drawn;
  if (left_ > 0) {
    drawn.window = enter();
  } else {
    drawn = buffer_.back();
    buffer_.pop_back();
  }
  return pick;
}

}  // namespace ipet::fingerprint
