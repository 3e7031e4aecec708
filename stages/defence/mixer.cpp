#include "stages/defence/mixer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "stages/defence/periods.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

/// Gathers packets and hands them on in vectors of their exact size.
class Mixer::Batches {
 public:
  Batches(const Output& output, std::size_t limit, std::size_t expected) : output_(output), limit_(limit) {
    packets_.reserve(std::min(limit, expected));
  }
  void add(const DevicePacket& packet) {
    if (packets_.size() == limit_) flush();
    packets_.push_back(packet);
  }
  void flush() {
    if (packets_.empty()) return;
    output_(std::vector<DevicePacket>(packets_.begin(), packets_.end()));
    packets_.clear();
  }

 private:
  const Output& output_;
  std::size_t limit_;
  std::vector<DevicePacket> packets_;
};

namespace {

bool knows(const Defence& defence, const Resources& resources, const std::string& device) {
  const auto known = defence.devices(resources);
  return known == nullptr || std::ranges::find(*known, device) != known->end();
}

}  // namespace

Mixer::Mixer(const Defence& defence, const Resources& resources, const Line& line,
             const MixerOptions& options)
    : options_(options), up_(line.up), contract_(options.defence, line.device) {
  if (options_.batch == 0) throw std::invalid_argument("an output batch needs room for one packet");
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
  summary_.capture = line.capture;
  summary_.device = line.device;
  summary_.covered = covers();
  summary_.delayed = shaper_ != nullptr;
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
  Batches out(output, options_.batch, user.size() + usual_dummies);
  come_up();
  for (const DevicePacket& packet : user) {
    if (held_) send(*std::exchange(held_, std::nullopt), out);
    if (begun_) play_until(packet.time, out);
    last_user_ = begun_ ? std::max(last_user_, packet.time) : packet.time;
    begun_ = true;
    user_packet(packet, out);
  }
  out.flush();
}

void Mixer::user_packet(const DevicePacket& packet, Batches& out) {
  DevicePacket in_order = packet;
  in_order.time = last_user_;
  const auto direction = static_cast<std::size_t>(packet.direction);
  if (!shaper_) contract_.user(last_user_);
  if (shaper_) {
    summary_.user[direction].add(packet);
    waiting_[direction].arrive(last_user_, packet.size);
    shaper_->arrive(in_order);
    return;
  }
  if (schedule_ && schedule_->loses_last())
    held_ = packet;
  else
    send(packet, out);
  if (schedule_) schedule_->user_packet(in_order);
}

void Mixer::finish(const Output& output) {
  if (held_) ++summary_.lost;
  held_.reset();
  come_up();
  if (begun_ && covers()) play_end(output);
  if (!up_) return;
  summary_.first = up_->begin;
  summary_.last = up_->end;
}

void Mixer::play_end(const Output& output) {
  Batches out(output, options_.batch, options_.batch);
  if (up_) play_until(up_->end, out);
  if (shaper_)
    drain(out);
  else if (!up_)
    play_until(last_user_ + schedule_->tail(), out);
  out.flush();
}

/// Sends what is due before `time`.
void Mixer::play_until(Nanoseconds time, Batches& out) {
  if (!covers()) return;
  const Nanoseconds gap = time - last_user_, longest = options_.longest_gap.count();
  if (gap <= longest || (schedule_ && !schedule_->endless())) return take_until(time, out);
  take_until(last_user_ + longest, out);
  summary_.skipped += gap - longest;
  if (schedule_)
    schedule_->rest();
  else
    shaper_->rest();
}

void Mixer::take_until(Nanoseconds time, Batches& out) {
  if (schedule_)
    for (DevicePacket dummy; schedule_->next(time, dummy);) {
      contract_.check(dummy, time);
      send(dummy, out);
    }
  else
    for (Cell cell; shaper_->next(time, cell);) {
      contract_.check(cell, time);
      send(cell, out);
    }
}

void Mixer::drain(Batches& out) {
  take_until(last_user_, out);
  const Nanoseconds until = up_ ? up_->end : last_user_ + options_.drain.count();
  for (Cell cell; shaper_->waiting() > 0 && shaper_->next(until, cell);) {
    contract_.check(cell, until);
    send(cell, out);
  }
  summary_.unsent_bytes = shaper_->waiting();
}

void Mixer::send(const Cell& cell, Batches& out) {
  const auto direction = static_cast<std::size_t>(cell.direction);
  waiting_[direction].leave(cell.time, cell.user_bytes, summary_.delays);
  waiting_[1 - direction].leave(cell.time, cell.misdirected, summary_.delays);
  summary_.misdirected_bytes += cell.misdirected;
  const bool dummy = cell.user_bytes + cell.misdirected == 0;
  send(DevicePacket{cell.time, cell.size, cell.direction, options_.cell_protocol, dummy}, out);
}

void Mixer::send(const DevicePacket& packet, Batches& out) {
  const auto direction = static_cast<std::size_t>(packet.direction);
  if (!std::exchange(sent_, true)) summary_.first = summary_.last = packet.time;
  summary_.last = std::max(summary_.last, packet.time);
  summary_.sent[direction].add(packet);
  note_peak(packet);
  if (packet.dummy)
    summary_.dummy[direction].add(packet);
  else if (!shaper_)
    summary_.user[direction].add(packet);
  out.add(packet);
}

/// What goes out late counts in the second that it goes out in.
void Mixer::note_peak(const DevicePacket& packet) {
  if (packet.time >= second_ + traffic::second || in_second_ == 0) {
    second_ = period_begin(packet.time, traffic::second);
    in_second_ = 0;
  }
  in_second_ += wire_bytes(packet);
  summary_.peak_second = std::max(summary_.peak_second, in_second_);
}

}  // namespace ipet::defence
