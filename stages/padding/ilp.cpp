#include "stages/padding/ilp.hpp"

#include <algorithm>
#include <cmath>

#include "stages/defence/periods.hpp"

namespace ipet::defence {

using traffic::Direction;
using traffic::Nanoseconds;

IlpOptions IlpOptions::at_intensity(double factor) const {
  const Nanoseconds shorter = std::llround(static_cast<double>(period.count()) / factor);
  return {cell, std::chrono::nanoseconds(std::max<Nanoseconds>(1, shorter))};
}

void Ilp::begin(Nanoseconds time) {
  begun_ = true;
  tick_ = period_begin_from(time, period_);
  direction_ = Direction::out;
}

void Ilp::on_arrival(const traffic::DevicePacket& packet) {
  if (!begun_) begin(packet.time + 1);
}

bool Ilp::next(Nanoseconds until, Cell& cell) {
  if (!begun_ || tick_ >= until) return false;
  cell = fill(tick_, direction_, cell_);
  if (direction_ == Direction::in) tick_ += period_;
  direction_ = direction_ == Direction::out ? Direction::in : Direction::out;
  return true;
}

}  // namespace ipet::defence
