#include "stages/defence/link_padding.hpp"

#include "stages/defence/periods.hpp"

namespace ipet::defence {

using traffic::Direction;
using traffic::Nanoseconds;

void LinkPadding::on_arrival(const traffic::DevicePacket& packet) {
  if (!begun_) tick_ = period_begin(packet.time, options_.period) + options_.period;
  begun_ = true;
}

bool LinkPadding::next(Nanoseconds until, Cell& cell) {
  if (!begun_ || tick_ >= until) return false;
  cell = fill(tick_, direction_, options_.cell);
  if (direction_ == Direction::in) tick_ += options_.period;
  direction_ = direction_ == Direction::out ? Direction::in : Direction::out;
  return true;
}

}  // namespace ipet::defence
