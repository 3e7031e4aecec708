#include "stages/windows/windowing.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/traffic/value_text.hpp"

namespace ipet::windows {

namespace {

using traffic::Nanoseconds;

/// Correctly rounded, and so exact to the nanosecond up to 104 days (2^53 ns).
double to_seconds(Nanoseconds duration) {
  return static_cast<double>(duration) / static_cast<double>(traffic::second);
}

}  // namespace

double WindowSettings::omega_seconds() const {
  return to_seconds(omega.count());
}

double WindowSettings::total_seconds() const {
  return to_seconds(total_time.count());
}

std::pair<std::string, std::string> WindowSettings::fault() const {
  constexpr std::chrono::days longest(366);  // 292 years would overflow the arithmetic
  for (const auto& [name, time] : {std::pair("total_time", total_time), std::pair("omega", omega)})
    if (time.count() <= 0 || time > longest)
      return {name, std::string(name) + " must be positive and at most a year"};
  if (total_time % omega != std::chrono::nanoseconds(0))
    return {"omega", "omega (" + traffic::number_text(omega_seconds()) + " s) must divide total_time (" +
                         traffic::number_text(total_seconds()) + " s) exactly"};
  if (total_time / omega > 1'000'000) return {"omega", "more than a million slots per window"};
  return {};
}

void Windows::clear() {
  features.clear();
  silence.clear();
  start.clear();
}

Windowing::Windowing(const WindowSettings& settings, std::size_t batch_windows)
    : settings_(settings),
      total_time_(settings.total_time.count()),
      omega_(settings.omega.count()),
      batch_windows_(std::max<std::size_t>(batch_windows, 1)) {
  if (const std::string reason = settings.fault().second; !reason.empty())
    throw std::invalid_argument(reason);
  sums_.resize(settings.slots() * columns);
}

void Windowing::add(std::span<const traffic::DevicePacket> packets, const Flush& flush) {
  for (const traffic::DevicePacket& packet : packets) add(packet, flush);
}

void Windowing::add(const traffic::DevicePacket& packet, const Flush& flush) {
  if (!started_) {
    started_ = true;
    open(packet.time);
    last_packet_ = packet.time;
  }
  if (packet.time < last_packet_) throw std::logic_error("packets of a device are not in time order");
  if (packet.time - start_ >= total_time_) {
    close(packet.time, flush);
    if (settings_.placement == Placement::tiled) {
      start_ += total_time_;
      close_idle(packet.time, flush);
      open(start_);
    } else {
      open(packet.time);
    }
    first_gap_ = packet.time - last_packet_;
  }
  if (packet.time - slot_start_ >= omega_) begin_slot(packet.time);
  std::uint64_t* const sums = sums_.data() + slot_ * columns;
  if (sums[out_packets] + sums[in_packets] == 0) busy_.push_back(slot_);
  const bool out = packet.direction == traffic::Direction::out;
  sums[out ? out_packets : in_packets] += 1;
  sums[out ? out_bytes : in_bytes] += packet.size;
  last_packet_ = packet.time;
}

void Windowing::open(Nanoseconds start) {
  start_ = slot_start_ = start;
  slot_ = 0;
}

/// The slot of this time, which is in the open window. Most packets come in the slot of the one before them,
/// and a division takes longer than all else here.
void Windowing::begin_slot(Nanoseconds time) {
  slot_ = static_cast<std::size_t>((time - start_) / omega_);
  slot_start_ = start_ + static_cast<Nanoseconds>(slot_) * omega_;
}

void Windowing::close(Nanoseconds next, const Flush& flush) {
  emit(settings_.silence == Silence::before ? first_gap_ : next - last_packet_, flush);
}

void Windowing::close_idle(Nanoseconds next, const Flush& flush) {
  const Nanoseconds until = std::min(next, last_packet_ + settings_.longest_gap.count());
  for (; until - start_ >= total_time_; start_ += total_time_) {
    const Nanoseconds end = start_ + total_time_;
    emit(settings_.silence == Silence::before ? end - last_packet_ : next - start_, flush);
  }
  const Nanoseconds idle = (next - start_) / total_time_;
  skipped_ += idle;
  start_ += idle * total_time_;
}

void Windowing::emit(Nanoseconds silence, const Flush& flush) {
  const std::size_t first = done_.features.size();
  done_.features.resize(first + sums_.size());
  for (const std::size_t slot : busy_) {
    for (std::size_t i = slot * columns; i < (slot + 1) * columns; ++i)
      done_.features[first + i] = static_cast<float>(std::exchange(sums_[i], 0));
  }
  busy_.clear();
  done_.silence.push_back(to_seconds(silence));
  done_.start.push_back(start_);
  if (done_.size() >= batch_windows_) flush_finished(flush);
}

void Windowing::flush_finished(const Flush& flush) {
  if (done_.size() > 0) flush(done_);
  done_.clear();
}

void Windowing::end(const Flush& flush) {
  if (started_ && settings_.silence == Silence::before) {
    emit(first_gap_, flush);
  } else if (started_) {
    for (const std::size_t slot : busy_)
      dropped_packets_ += sums_[slot * columns + out_packets] + sums_[slot * columns + in_packets];
  }
  started_ = false;
  first_gap_ = 0;
  flush_finished(flush);
}

}  // namespace ipet::windows
