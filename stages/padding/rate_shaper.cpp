#include "stages/padding/rate_shaper.hpp"

#include <algorithm>
#include <cmath>

#include "stages/defence/periods.hpp"

namespace ipet::defence {

using traffic::Direction;
using traffic::Nanoseconds;

namespace {

Direction other(Direction direction) {
  return direction == Direction::out ? Direction::in : Direction::out;
}

}  // namespace

RateOptions RateOptions::at_intensity(double factor) const {
  RateOptions scaled = *this;
  for (double* rate : {&scaled.mean, &scaled.deviation, &scaled.lowest, &scaled.highest}) *rate *= factor;
  return scaled;
}

RateShaper::RateShaper(const RateOptions& options, traffic::StreamKey key) : options_(options), random_(key) {
  mean_ = options.highest > 0 ? options.highest - (options.highest - options.lowest) * random_.uniform()
                              : options.mean;
}

void RateShaper::begin(Nanoseconds time) {
  begun_ = true;
  tick_ = period_begin_from(time, options_.tick);
  drawn_ = period_begin(tick_, options_.period);
  period_ = period_begin(tick_ - 1, options_.period);  // where a period begins now, its chance is drawn
  active_ = false;
  granted_ = 0;
  draw_rate();
}

void RateShaper::on_arrival(const traffic::DevicePacket& packet) {
  if (!begun_) begin(packet.time + 1);
  if (packet.size > 0) queue_.push_back({packet.direction, packet.size, false});
}

void RateShaper::draw_rate() {
  rate_ = options_.deviation > 0 ? std::abs(mean_ + options_.deviation * random_.normal()) : mean_;
}

bool RateShaper::next(Nanoseconds until, Cell& cell) {
  if (!begun_) return false;
  while (cells_.empty()) {
    if (tick_ >= until) return false;
    begin_tick();
  }
  if (cells_.front().time >= until) return false;
  cell = cells_.front();
  cells_.pop_front();
  return true;
}

bool RateShaper::active_now() {
  const Nanoseconds begin = period_begin(tick_, options_.period);
  const bool fresh = begin != period_;
  if (fresh) {
    period_ = begin;
    active_ = false;
    granted_ = 0;
  }
  if (options_.published_defects || fresh)
    active_ = active_ || random_.uniform() < options_.start_probability;
  return active_ = active_ || !queue_.empty();
}

void RateShaper::begin_tick() {
  while (tick_ - drawn_ >= options_.redraw) {
    drawn_ += options_.redraw;
    draw_rate();
  }
  const bool granting = !options_.published_defects || tick_ - drawn_ < options_.period;
  if (active_now() && granting) {
    granted_ += rate_ * static_cast<double>(options_.tick) / static_cast<double>(traffic::second);
    const auto quota = static_cast<std::uint64_t>(granted_);
    granted_ -= static_cast<double>(quota);
    const std::uint64_t left =
        options_.published_defects ? send_waiting_as_published(quota) : send_waiting(quota);
    send(Direction::out, left - left / 2);
    send(Direction::in, left / 2);
  }
  tick_ += options_.tick;
}

/// Cells of one direction, as few as possible.
void RateShaper::send(Direction direction, std::uint64_t bytes, bool misdirected) {
  while (bytes > 0) {
    const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, largest_cell));
    cells_.push_back(misdirected ? misdirect(tick_, direction, size) : fill(tick_, direction, size));
    bytes -= size;
  }
}

/// Returns what is left of the quota.
std::uint64_t RateShaper::send_waiting(std::uint64_t quota) {
  while (!queue_.empty() && quota > 0) {
    Waiting& first = queue_.front();
    const std::uint64_t bytes = std::min(first.bytes, quota);
    send(first.direction, bytes);
    quota -= bytes;
    first.bytes -= bytes;
    if (first.bytes == 0) queue_.pop_front();
  }
  return quota;
}

/// What does not fit goes to the end of the queue, turned round.
std::uint64_t RateShaper::send_waiting_as_published(std::uint64_t quota) {
  while (!queue_.empty() && quota > 0) {
    const Waiting first = queue_.front();
    queue_.pop_front();
    const std::uint64_t bytes = std::min(first.bytes, quota);
    send(first.direction, bytes, first.misdirected);
    quota -= bytes;
    if (bytes < first.bytes)
      queue_.push_back({other(first.direction), first.bytes - bytes, !first.misdirected});
  }
  return quota;
}

}  // namespace ipet::defence
