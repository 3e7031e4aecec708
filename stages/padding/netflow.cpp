#include "stages/padding/netflow.hpp"

#include <algorithm>
#include <cmath>

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

NetflowOptions NetflowOptions::at_intensity(double factor) const {
  NetflowOptions scaled = *this;
  for (std::chrono::nanoseconds* timer : {&scaled.shortest, &scaled.longest})
    *timer = std::chrono::nanoseconds(
        std::max<Nanoseconds>(1, std::llround(static_cast<double>(timer->count()) / factor)));
  return scaled;
}

void Netflow::start(std::size_t direction, Nanoseconds time) {
  const auto span = static_cast<std::uint64_t>((options_.longest - options_.shortest).count()) + 1;
  expiry_[direction] = time + options_.shortest.count() + static_cast<Nanoseconds>(random_.below(span));
}

void Netflow::begin(Nanoseconds time) {
  begun_ = true;
  for (const std::size_t direction : {0, 1}) start(direction, time);
}

void Netflow::user_packet(const DevicePacket& packet) {
  const auto direction = static_cast<std::size_t>(packet.direction);
  start(direction, packet.time);
  if (!begun_) start(1 - direction, packet.time);
  begun_ = true;
}

bool Netflow::next(Nanoseconds until, DevicePacket& dummy) {
  if (!begun_) return false;
  const std::size_t direction = expiry_[1] < expiry_[0] ? 1 : 0;
  const Nanoseconds time = expiry_[direction];
  if (time >= until) return false;
  dummy = {time, options_.size, static_cast<Direction>(direction), options_.dummy_protocol, true};
  start(direction, time);
  return true;
}

}  // namespace ipet::defence
