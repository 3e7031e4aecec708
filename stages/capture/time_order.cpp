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

/// How many of these packets, the newest ones, are held once all have come.
std::size_t TimeOrder::held_of(const std::vector<traffic::Packet>& ascending) const {
  const traffic::Nanoseconds newest = ascending.back().time;
  const auto first = std::partition_point(ascending.begin(), ascending.end(),
                                          [&](const auto& packet) { return newest - packet.time >= window; });
  return std::min(static_cast<std::size_t>(ascending.end() - first), most_held);
}

void TimeOrder::pass(std::vector<traffic::Packet>&& packets, bool ascending,
                     std::deque<std::vector<traffic::Packet>>& out) {
  if (packets.empty()) return;
  const std::size_t held = held_of(packets);
  if (!ascending || packets.front().time < newest() || held == packets.size()) {
    std::vector<traffic::Packet> passed;
    for (const traffic::Packet& packet : packets) {
      push(packet);
      while (ready()) passed.push_back(pop());
    }
    if (!passed.empty()) out.push_back(std::move(passed));
    return;
  }
  if (std::vector<traffic::Packet> before = rest(); !before.empty()) out.push_back(std::move(before));
  held_.assign(packets.end() - static_cast<std::ptrdiff_t>(held), packets.end());
  packets.resize(packets.size() - held);
  delivered_ = packets.back().time;
  out.push_back(std::move(packets));
}

std::vector<traffic::Packet> TimeOrder::rest() {
  std::vector<traffic::Packet> all(held_.begin() + static_cast<std::ptrdiff_t>(head_), held_.end());
  if (!all.empty()) delivered_ = all.back().time;
  held_.clear();
  head_ = 0;
  return all;
}

void TimeOrder::insert(const traffic::Packet& packet) {
  const auto begin = held_.begin() + static_cast<std::ptrdiff_t>(head_);
  held_.insert(std::ranges::upper_bound(begin, held_.end(), packet.time, {}, &traffic::Packet::time), packet);
}

void TimeOrder::push_late(traffic::Packet packet) {
  ++late_;
  packet.time = delivered_;
  insert(packet);
}

}  // namespace ipet::capture
