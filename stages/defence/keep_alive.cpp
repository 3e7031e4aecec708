#include "stages/defence/keep_alive.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

void KeepAlive::start(std::size_t direction, Nanoseconds time) {
  const auto span = static_cast<std::uint64_t>(options_.longest - options_.shortest) + 1;
  expiry_[direction] = time + options_.shortest + static_cast<Nanoseconds>(random_.below(span));
}

void KeepAlive::user_packet(const DevicePacket& packet) {
  const auto direction = static_cast<std::size_t>(packet.direction);
  start(direction, packet.time);
  if (!begun_) start(1 - direction, packet.time);
  begun_ = true;
}

bool KeepAlive::next(Nanoseconds until, DevicePacket& dummy) {
  if (!begun_) return false;
  const std::size_t direction = expiry_[1] < expiry_[0] ? 1 : 0;
  const Nanoseconds time = expiry_[direction];
  if (time >= until) return false;
  dummy = {time, options_.size, static_cast<Direction>(direction), options_.dummy_protocol, true};
  start(direction, time);
  return true;
}

}  // namespace ipet::defence
