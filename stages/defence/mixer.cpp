#include "stages/defence/mixer.hpp"

#include <algorithm>
#include <utility>

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

bool knows(const Defence& defence, const Resources& resources, const std::string& device) {
  const auto known = defence.devices(resources);
  return known == nullptr || std::ranges::find(*known, device) != known->end();
}

}  // namespace

Mixer::Mixer(const Defence& defence, const Resources& resources, const Line& line,
             const MixerOptions& options)
    : options_(options), up_(line.up), contract_(options.defence, line.device), line_(line, options.batch) {
  if (options_.protect && knows(defence, resources, line.device)) {
    if (defence.delays())
      shaper_ = defence.shaper(resources, line);
    else
      schedule_ = defence.schedule(resources, line);
    if (!covers())
      contract_.made_nothing(
          defence.delays() ? "shaper: one that delays (delays()) makes one with shaper() for every device "
                             "that devices() names"
                           : "schedule: one that does not delay makes one with schedule() for every device "
                             "that devices() names; with nothing to send it is one whose next() is false");
  }
  line_.summary.covered = covers();
  line_.summary.delayed = shaper_ != nullptr;
}

void Mixer::come_up() {
  if (begun_ || !up_) return;
  begun_ = true;
  last_user_ = up_->begin;
  if (schedule_) schedule_->begin(up_->begin);
  if (shaper_) shaper_->begin(up_->begin);
}

void Mixer::mix(std::span<const DevicePacket> user, const Output& output) {
  constexpr std::size_t usual_dummies = 80;  // more only cost a second allocation
  line_.expect(user.size() + usual_dummies);
  come_up();
  for (const DevicePacket& packet : user) {
    if (held_) line_.send(*std::exchange(held_, std::nullopt), output);
    if (begun_) play_until(packet.time, output);
    last_user_ = begun_ ? std::max(last_user_, packet.time) : packet.time;
    begun_ = true;
    user_packet(packet, output);
  }
  line_.flush(output);
}

void Mixer::user_packet(const DevicePacket& packet, const Output& output) {
  DevicePacket in_order = packet;
  in_order.time = last_user_;
  if (shaper_) {
    line_.arrive(in_order);
    shaper_->arrive(in_order);
    return;
  }
  contract_.user(last_user_);
  if (schedule_ && schedule_->loses_last())
    held_ = packet;
  else
    line_.send(packet, output);
  if (schedule_) schedule_->user_packet(in_order);
}

void Mixer::finish(const Output& output) {
  if (held_) ++line_.summary.lost;
  held_.reset();
  come_up();
  if (begun_ && covers()) play_end(output);
  line_.flush(output);
  line_.end(up_);
}

void Mixer::play_end(const Output& output) {
  line_.expect(options_.batch);
  if (up_) play_until(up_->end, output);
  if (shaper_)
    drain(output);
  else if (!up_)
    play_until(last_user_ + schedule_->tail(), output);
}

/// Sends what is due before `time`.
void Mixer::play_until(Nanoseconds time, const Output& output) {
  if (!covers()) return;
  const Nanoseconds gap = time - last_user_, longest = options_.longest_gap.count();
  if (gap <= longest || (schedule_ && !schedule_->endless())) return take_until(time, output);
  take_until(last_user_ + longest, output);
  line_.summary.skipped += gap - longest;
  if (schedule_)
    schedule_->rest();
  else
    shaper_->rest();
}

void Mixer::take_until(Nanoseconds time, const Output& output) {
  if (schedule_)
    for (DevicePacket dummy; schedule_->next(time, dummy);) {
      contract_.check(dummy, time);
      line_.send(dummy, output);
    }
  else
    for (Cell cell; shaper_->next(time, cell);) {
      contract_.check(cell, time);
      send(cell, output);
    }
}

void Mixer::drain(const Output& output) {
  take_until(last_user_, output);
  const Nanoseconds until = up_ ? up_->end : last_user_ + options_.drain.count();
  for (Cell cell; shaper_->waiting() > 0 && shaper_->next(until, cell);) {
    contract_.check(cell, until);
    send(cell, output);
  }
  line_.summary.unsent_bytes = shaper_->waiting();
}

void Mixer::send(const Cell& cell, const Output& output) {
  const auto other = static_cast<traffic::Direction>(1 - static_cast<int>(cell.direction));
  line_.leave(cell.time, cell.direction, cell.user_bytes);
  line_.leave(cell.time, other, cell.misdirected);
  line_.summary.misdirected_bytes += cell.misdirected;
  const bool dummy = cell.user_bytes + cell.misdirected == 0;
  line_.send(DevicePacket{cell.time, cell.size, cell.direction, options_.cell_protocol, dummy}, output);
}

}  // namespace ipet::defence
