#include "stages/capture/ordered_packets.hpp"

#include <algorithm>
#include <utility>

namespace ipet::capture {

void OrderedPackets::make_ready(std::vector<traffic::Packet>&& packets) {
  if (!packets.empty()) ready_.push_back({std::move(packets), ordered_part_});
}

void OrderedPackets::put_in_order() {
  std::deque<std::vector<traffic::Packet>> ordered;
  for (ClockWatch::Stretch& stretch : clock_.take()) {
    if (stretch.part != ordered_part_) {
      make_ready(order_.rest());
      order_.begin_anew();
      ordered_part_ = stretch.part;
    }
    order_.pass(std::move(stretch.packets), stretch.ascending, ordered);
    for (std::vector<traffic::Packet>& packets : ordered) make_ready(std::move(packets));
    ordered.clear();
  }
}

void OrderedPackets::finish() {
  clock_.finish();
  put_in_order();
  make_ready(order_.rest());
}

void OrderedPackets::take(std::size_t limit, traffic::Nanoseconds span,
                          std::vector<traffic::Packet>& packets) {
  packets.clear();
  if (ready_.empty()) return;
  std::vector<traffic::Packet>& from = ready_.front().packets;
  part_ = ready_.front().part;
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(taken_);
  auto end = begin + static_cast<std::ptrdiff_t>(std::min(limit, from.size() - taken_));
  if ((end - 1)->time - begin->time >= span)
    end = std::partition_point(begin, end, [&](const auto& p) { return p.time - begin->time < span; });
  const bool last = end == from.end();
  if (last && taken_ == 0)
    packets.swap(from);
  else
    packets.assign(begin, end);
  taken_ += packets.size();
  if (!last) return;
  ready_.pop_front();
  taken_ = 0;
}

}  // namespace ipet::capture
