#include "stages/padding/netshaper.hpp"

#include <algorithm>
#include <cmath>

#include "stages/defence/periods.hpp"
#include "stages/padding/privacy_accounting.hpp"

namespace ipet::defence {

using traffic::Direction;
using traffic::Nanoseconds;

std::uint64_t NetshaperOptions::releases() const {
  return std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>((window + interval - std::chrono::nanoseconds(1)) / interval));
}

double NetshaperOptions::sigma() const {
  return sensitivity * noise_multiplier_for(epsilon, releases(), delta);
}

NetshaperOptions NetshaperOptions::at_intensity(double factor) const {
  NetshaperOptions scaled = *this;
  scaled.sensitivity *= factor;
  scaled.largest = static_cast<std::uint32_t>(std::clamp(std::round(largest * factor), 1.0, 4e9));
  return scaled;
}

void Netshaper::begin(Nanoseconds time) {
  begun_ = true;
  tick_ = period_begin_from(time, options_.interval.count());
}

void Netshaper::on_arrival(const traffic::DevicePacket& packet) {
  if (!begun_) begin(packet.time + 1);
}

void Netshaper::begin_interval() {
  for (const Direction direction : {Direction::out, Direction::in}) {
    const double noisy = static_cast<double>(waiting(direction)) + sigma_ * random_.normal();
    auto bytes = static_cast<std::uint32_t>(std::clamp<double>(noisy, 0, options_.largest));
    while (bytes > 0) {
      const std::uint32_t size = std::min(bytes, largest_cell);
      cells_.push_back(fill(tick_, direction, size));
      bytes -= size;
    }
  }
  tick_ += options_.interval.count();
}

bool Netshaper::next(Nanoseconds until, Cell& cell) {
  if (!begun_) return false;
  while (cells_.empty()) {
    if (tick_ >= until) return false;
    begin_interval();
  }
  if (cells_.front().time >= until) return false;
  cell = cells_.front();
  cells_.pop_front();
  return true;
}

}  // namespace ipet::defence
