#include "stages/padding/stp.hpp"

#include <algorithm>
#include <cmath>

#include "stages/defence/periods.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

namespace {

/// When the n-th of `count` equally spaced cells of a period leaves.
Nanoseconds spaced(Nanoseconds period, Nanoseconds length, std::uint64_t n, std::uint64_t count) {
  return period + static_cast<Nanoseconds>(static_cast<long double>(length) * static_cast<long double>(n) /
                                           static_cast<long double>(count));
}

Direction direction_of(std::uint64_t step) {
  return step % 2 == 0 ? Direction::out : Direction::in;
}

}  // namespace

std::uint64_t StpOptions::cells() const {
  const double bytes = rate * static_cast<double>(period.count()) / static_cast<double>(traffic::second);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(bytes / cell)));
}

StpOptions StpOptions::at_intensity(double factor) const {
  StpOptions scaled = *this;
  scaled.rate *= factor;
  return scaled;
}

void Stp::begin(Nanoseconds time) {
  begun_ = true;
  period_ = period_begin_from(time, length_);
  decided_ = false;
}

void Stp::on_arrival(const DevicePacket& packet) {
  if (!begun_) begin(packet.time + 1);
}

bool Stp::next(Nanoseconds until, Cell& cell) {
  if (!begun_) return false;
  const std::uint64_t cells = options_.cells();
  while (period_ < until) {
    if (!decided_) {
      const bool by_chance = random_.uniform() < options_.padding_probability;
      padded_ = by_chance || waiting() > 0;
      decided_ = true;
      sent_ = 0;
    }
    if (padded_ && sent_ < 2 * cells) {
      const Nanoseconds time = spaced(period_, length_, sent_ / 2, cells);
      if (time >= until) return false;
      cell = fill(time, direction_of(sent_++), options_.cell);
      return true;
    }
    period_ += length_;
    decided_ = false;
  }
  return false;
}

Nanoseconds Stp::due() const {
  if (!begun_) return CoverSchedule::never;
  const std::uint64_t cells = options_.cells();
  if (!decided_) return period_;
  return padded_ && sent_ < 2 * cells ? spaced(period_, length_, sent_ / 2, cells) : period_ + length_;
}

void StpCover::begin_period(Nanoseconds begin) {
  period_ = begin;
  padded_ = random_.uniform() < options_.padding_probability;
  step_ = 0;
  sent_[0] = sent_[1] = 0;
}

/// What was not sent before is not made up for.
void StpCover::skip_until(Nanoseconds time) {
  const std::uint64_t cells = options_.cells();
  while (step_ < 2 * cells && spaced(period_, length_, step_ / 2, cells) < time) ++step_;
}

void StpCover::begin(Nanoseconds time) {
  begun_ = true;
  begin_period(period_begin(time, length_));
  skip_until(time);
}

void StpCover::user_packet(const DevicePacket& packet) {
  const Nanoseconds begin = period_begin(packet.time, length_);
  const bool fresh = !begun_ || begin > period_;
  if (fresh) begin_period(begin);
  begun_ = true;
  sent_[static_cast<std::size_t>(packet.direction)] += packet.size;
  if (padded_ && !fresh) return;
  padded_ = true;
  skip_until(packet.time);
}

Nanoseconds StpCover::due() const {
  if (!begun_) return never;
  const std::uint64_t cells = options_.cells();
  return padded_ && step_ < 2 * cells ? spaced(period_, length_, step_ / 2, cells) : period_ + length_;
}

bool StpCover::next(Nanoseconds until, DevicePacket& dummy) {
  if (!begun_) return false;
  const std::uint64_t cells = options_.cells();
  while (period_ < until) {
    while (padded_ && step_ < 2 * cells) {
      const Nanoseconds time = spaced(period_, length_, step_ / 2, cells);
      if (time >= until) return false;
      const Direction direction = direction_of(step_++);
      const std::uint64_t due = (step_ + 1) / 2 * options_.cell;
      std::uint64_t& sent = sent_[static_cast<std::size_t>(direction)];
      if (sent >= due) continue;
      const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(due - sent, options_.cell));
      sent += size;
      dummy = {time, size, direction, options_.dummy_protocol, true};
      return true;
    }
    if (period_ + length_ >= until) return false;
    begin_period(period_ + length_);
  }
  return false;
}

}  // namespace ipet::defence
