#include "stages/defence/line_output.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "stages/defence/periods.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

LineOutput::LineOutput(const Line& line, std::size_t batch) : batch_(batch) {
  if (batch_ == 0) throw std::invalid_argument("an output batch needs room for one packet");
  summary.capture = line.capture;
  summary.device = line.device;
}

void LineOutput::expect(std::size_t packets) {
  packets_.reserve(std::min(batch_, packets));
}

void LineOutput::arrive(const DevicePacket& packet) {
  const auto direction = static_cast<std::size_t>(packet.direction);
  summary.user[direction].add(packet);
  waiting_[direction].arrive(packet.time, packet.size);
}

void LineOutput::leave(Nanoseconds time, Direction direction, std::uint64_t bytes) {
  waiting_[static_cast<std::size_t>(direction)].leave(time, bytes, summary.delays);
}

void LineOutput::leave_alone(const DevicePacket& packet, std::uint64_t bytes) {
  waiting_[static_cast<std::size_t>(packet.direction)].leave_alone(packet.time, bytes, summary.delays);
}

void LineOutput::send(const DevicePacket& packet, const Output& output) {
  const auto direction = static_cast<std::size_t>(packet.direction);
  if (!std::exchange(sent_, true)) summary.first = summary.last = packet.time;
  summary.last = std::max(summary.last, packet.time);
  summary.sent[direction].add(packet);
  note_peak(packet);
  if (packet.dummy)
    summary.dummy[direction].add(packet);
  else if (!summary.delayed)
    summary.user[direction].add(packet);
  if (packets_.size() == batch_) {
    flush(output);
    packets_.reserve(batch_);
  }
  packets_.push_back(packet);
}

/// In a vector of its exact size; a line that says nothing holds no memory.
void LineOutput::flush(const Output& output) {
  if (packets_.empty()) return;
  std::vector<DevicePacket> packets = std::exchange(packets_, {});
  if (packets.size() < packets.capacity())
    output(std::vector<DevicePacket>(packets.begin(), packets.end()));
  else
    output(std::move(packets));
}

void LineOutput::end(const std::optional<Line::Span>& up) {
  if (!up) return;
  summary.first = up->begin;
  summary.last = up->end;
}

/// What goes out late counts in the second that it goes out in.
void LineOutput::note_peak(const DevicePacket& packet) {
  if (packet.time >= second_ + traffic::second || in_second_ == 0) {
    second_ = period_begin(packet.time, traffic::second);
    in_second_ = 0;
  }
  in_second_ += wire_bytes(packet);
  summary.peak_second = std::max(summary.peak_second, in_second_);
}

}  // namespace ipet::defence
