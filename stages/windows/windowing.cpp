#include "stages/windows/windowing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "stages/traffic/value_text.hpp"

namespace ipet::windows {

namespace {

using traffic::Nanoseconds;

/// Longest window: 292 years would overflow the arithmetic; a year is beyond every use.
constexpr double longest_seconds = 366.0 * 86'400;

Nanoseconds to_nanoseconds(double seconds, const char* name) {
  if (!(seconds > 0 && seconds <= longest_seconds))
    throw std::invalid_argument(std::string(name) + " must be positive and at most a year");
  const Nanoseconds rounded = std::llround(seconds * static_cast<double>(traffic::second));
  if (rounded < 1) throw std::invalid_argument(std::string(name) + " is below a nanosecond");
  return rounded;
}

/// Correctly rounded, and so exact to the nanosecond up to 104 days (2^53 ns).
double to_seconds(Nanoseconds duration) {
  return static_cast<double>(duration) / static_cast<double>(traffic::second);
}

}  // namespace

WindowSettings WindowSettings::make(double total_time, double omega, Placement placement, Silence silence) {
  WindowSettings settings;
  settings.total_time = to_nanoseconds(total_time, "total_time");
  settings.omega = to_nanoseconds(omega, "omega");
  const Nanoseconds slots = settings.total_time / settings.omega;
  if (slots * settings.omega != settings.total_time) {
    throw std::invalid_argument("omega (" + traffic::number_text(omega) + " s) must divide total_time (" +
                                traffic::number_text(total_time) + " s) exactly");
  }
  if (slots > 1'000'000) throw std::invalid_argument("more than a million slots per window");
  settings.slots = static_cast<std::uint32_t>(slots);
  settings.placement = placement;
  settings.silence = silence;
  return settings;
}

void Windows::clear() {
  features.clear();
  silence.clear();
  start.clear();
}

Windowing::Windowing(const WindowSettings& settings, std::size_t batch_windows)
    : settings_(settings),
      batch_windows_(std::max<std::size_t>(batch_windows, 1)),
      sums_(settings.slots * columns) {}

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
  if (packet.time - start_ >= settings_.total_time) {
    close(packet.time, flush);
    if (settings_.placement == Placement::tiled) {
      start_ += settings_.total_time;
      close_idle(packet.time, flush);
      open(start_);
    } else {
      open(packet.time);
    }
    first_gap_ = packet.time - last_packet_;
  }
  if (packet.time - slot_start_ >= settings_.omega) begin_slot(packet.time);
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
  slot_ = static_cast<std::size_t>((time - start_) / settings_.omega);
  slot_start_ = start_ + static_cast<Nanoseconds>(slot_) * settings_.omega;
}

void Windowing::close(Nanoseconds next, const Flush& flush) {
  emit(settings_.silence == Silence::before ? first_gap_ : next - last_packet_, flush);
}

void Windowing::close_idle(Nanoseconds next, const Flush& flush) {
  const Nanoseconds until = std::min(next, last_packet_ + settings_.longest_gap);
  for (; until - start_ >= settings_.total_time; start_ += settings_.total_time) {
    const Nanoseconds end = start_ + settings_.total_time;
    emit(settings_.silence == Silence::before ? end - last_packet_ : next - start_, flush);
  }
  const Nanoseconds idle = (next - start_) / settings_.total_time;
  skipped_ += idle;
  start_ += idle * settings_.total_time;
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
