#include "stages/capture/time_order.hpp"

#include <algorithm>

namespace ipet::capture {

const traffic::Packet& TimeOrder::pop() {
  // Delivered packets are dropped from the front in bulk: each is moved at most once on average.
  if (head_ > 4096 && head_ * 2 > held_.size()) {
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  const traffic::Packet& packet = held_[head_++];
  delivered_ = packet.time;
  return packet;
}

void TimeOrder::insert(const traffic::Packet& packet) {
  if (packet.time < delivered_) return push_late(packet);
  ++reordered_;
  const auto place =
      std::upper_bound(held_.begin() + static_cast<std::ptrdiff_t>(head_), held_.end(), packet.time,
                       [](traffic::Nanoseconds time, const auto& p) { return time < p.time; });
  held_.insert(place, packet);
}

void TimeOrder::push_late(const traffic::Packet& packet) {
  ++late_;
  traffic::Packet moved = packet;
  moved.time = delivered_;
  const auto place =
      std::upper_bound(held_.begin() + static_cast<std::ptrdiff_t>(head_), held_.end(), moved.time,
                       [](traffic::Nanoseconds time, const auto& p) { return time < p.time; });
  held_.insert(place, moved);
}

}  // namespace ipet::capture
