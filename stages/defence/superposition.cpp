#include "stages/defence/superposition.hpp"

#include <utility>

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

Superposition::Superposition(std::vector<std::unique_ptr<CoverSchedule>> parts, double share,
                             traffic::StreamKey key)
    : share_(share), random_(key) {
  for (auto& part : parts) parts_.push_back({std::move(part)});
}

void Superposition::begin(Nanoseconds time) {
  for (Part& part : parts_) part.schedule->begin(time);
}

void Superposition::user_packet(const DevicePacket& packet) {
  for (Part& part : parts_) part.schedule->user_packet(packet);
}

void Superposition::rest() {
  for (Part& part : parts_) {
    part.schedule->rest();
    part.due.reset();
  }
}

Nanoseconds Superposition::due() const {
  Nanoseconds first = never;
  for (const Part& part : parts_) first = std::min(first, part.due ? part.due->time : part.schedule->due());
  return first;
}

void Superposition::take(Part& part, Nanoseconds until) {
  const bool thinned = &part == &parts_.back() && share_ < 1;
  for (DevicePacket dummy; !part.due && part.schedule->next(until, dummy);)
    if (!thinned || random_.uniform() < share_) part.due = dummy;
}

bool Superposition::next(Nanoseconds until, DevicePacket& dummy) {
  Part* first = nullptr;
  for (Part& part : parts_) {
    take(part, until);
    if (part.due && part.due->time < until && (first == nullptr || part.due->time < first->due->time))
      first = &part;
  }
  if (first == nullptr) return false;
  dummy = *std::exchange(first->due, std::nullopt);
  return true;
}

}  // namespace ipet::defence
