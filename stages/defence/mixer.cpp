#include "stages/defence/mixer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

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

Mixer::Mixer(const std::shared_ptr<const Perturbations>& perturbations, const std::string& device,
             std::uint32_t capture, const MixerOptions& options)
    : options_(options) {
  if (options_.batch == 0) throw std::invalid_argument("an output batch needs room for one packet");
  if (options_.protect && perturbations->covers(device)) {
    schedule_ =
        make_schedule(options_, VectorSequence(perturbations, device, capture, options_.day_offset_hours));
    loses_last_ = options_.kind == ScheduleKind::ticks && options_.published_defects;
  }
  summary_.capture = capture;
  summary_.device = device;
  summary_.covered = covers();
}

void Mixer::mix(std::span<const DevicePacket> user, const Output& output) {
  constexpr std::size_t usual_dummies = 80;  // more only cost a second allocation
  Batches out(output, options_.batch, user.size() + usual_dummies);
  for (const DevicePacket& packet : user) {
    if (held_) send(*std::exchange(held_, std::nullopt), out);
    if (begun_) play_until(packet.time, out);
    last_user_ = begun_ ? std::max(last_user_, packet.time) : packet.time;
    begun_ = true;
    if (loses_last_)
      held_ = packet;
    else
      send(packet, out);
    if (schedule_) schedule_->user_packet(last_user_);
  }
  out.flush();
}

void Mixer::finish(const Output& output) {
  if (held_) ++summary_.lost;
  held_.reset();
  if (!begun_ || !schedule_) return;
  Batches out(output, options_.batch, options_.batch);
  play_until(last_user_ + schedule_->tail(), out);
  out.flush();
}

/// Sends the dummies that are due before `time`.
void Mixer::play_until(Nanoseconds time, Batches& out) {
  if (!schedule_) return;
  const Nanoseconds gap = time - last_user_;
  if (options_.kind == ScheduleKind::continuous && gap > options_.longest_gap)
    summary_.skipped += gap - options_.longest_gap;
  for (DevicePacket dummy; schedule_->next(time, dummy);) send(dummy, out);
}

void Mixer::send(const DevicePacket& packet, Batches& out) {
  Count(&counts)[2] = packet.dummy ? summary_.dummy : summary_.user;
  Count& count = counts[static_cast<std::size_t>(packet.direction)];
  if (!std::exchange(sent_, true)) summary_.first = summary_.last = packet.time;
  summary_.last = std::max(summary_.last, packet.time);
  count.add(packet);
  out.add(packet);
}

}  // namespace ipet::defence
