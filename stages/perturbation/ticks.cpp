#include "stages/perturbation/ticks.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/defence/periods.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

/// a / b to the nearest whole number, halves to the even one.
std::uint32_t divide_rounded(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t whole = a / b, twice_rest = 2 * (a % b);
  return whole + (twice_rest > b || (twice_rest == b && whole % 2 == 1) ? 1 : 0);
}

}  // namespace

Ticks::Ticks(const PerturbationOptions& options, VectorSequence vectors)
    : options_(options), active_(options.active.count()), vectors_(std::move(vectors)) {
  if (vectors_.omega() < 2) throw std::invalid_argument("omega is below 2 ns, so a slot has no middle");
}

void Ticks::user_packet(const DevicePacket& packet) {
  const Nanoseconds time = packet.time;
  if (!begun_ || time - last_user_ >= active_) {
    period_begin_ = time;
    tick_ = 0;
    taken_ = false;
  }
  begun_ = true;
  last_user_ = time;
}

Nanoseconds Ticks::tick_time() const {
  const Nanoseconds omega = vectors_.omega();
  return period_begin_ + static_cast<Nanoseconds>(tick_ / 2) * omega + (tick_ % 2 == 1 ? omega / 2 : 0);
}

Nanoseconds Ticks::due() const {
  return begun_ && tick_time() < last_user_ + active_ ? tick_time() : never;
}

bool Ticks::next(Nanoseconds until, DevicePacket& dummy) {
  if (!begun_) return false;
  until = std::min(until, last_user_ + active_);
  while (true) {
    const Nanoseconds time = tick_time();
    if (time >= until) return false;
    if (!taken_) begin_tick(time);
    if (sent_ < dummies_) {
      dummy = {time, size(), direction(), options_.dummy_protocol, true};
      ++sent_;
      return true;
    }
    ++tick_;
    taken_ = false;
  }
}

void Ticks::begin_tick(Nanoseconds time) {
  const std::uint64_t rows_so_far = options_.published_defects ? tick_ : tick_ / 2;
  const auto slot = static_cast<std::uint32_t>(rows_so_far % vectors_.slots());
  const bool first_use = options_.published_defects || tick_ % 2 == 0;
  if (slot == 0 && first_use) vectors_.draw(time);
  row_ = vectors_.row(slot, direction());
  dummies_ = options_.published_defects ? row_.packets : std::min(row_.packets, row_.bytes);
  sent_ = 0;
  taken_ = true;
}

std::uint32_t Ticks::size() const {
  if (options_.published_defects) return divide_rounded(row_.bytes, row_.packets);
  return row_.bytes / dummies_ + (sent_ < row_.bytes % dummies_ ? 1 : 0);
}

}  // namespace ipet::defence
