// What leaves on one line: handed on in batches, and counted.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/defence/overhead.hpp"

namespace ipet::defence {

class LineOutput {
 public:
  /// Takes the next packets of the line, in time order, at most so many as a batch holds.
  using Output = std::function<void(std::vector<traffic::DevicePacket>&&)>;

  /// `batch`: packets, at least one; throws std::invalid_argument for 0.
  LineOutput(const Line& line, std::size_t batch);

  /// About so many packets come before the next flush().
  void expect(std::size_t packets);
  /// A user packet comes, and will wait.
  void arrive(const traffic::DevicePacket& packet);
  /// A packet that carries user data of this direction, as DelayQueue::leave_alone.
  void leave_alone(const traffic::DevicePacket& packet, std::uint64_t bytes);
  /// So many bytes of user data of this direction leave at that time.
  void leave(traffic::Nanoseconds time, traffic::Direction direction, std::uint64_t bytes);
  /// A packet leaves.
  void send(const traffic::DevicePacket& packet, const Output& output);
  void flush(const Output& output);
  /// The line has ended, and all was flushed.
  void end(const std::optional<Line::Span>& up);

  /// User packets of a direction that wait, and their bytes.
  [[nodiscard]] const DelayQueue& waiting(traffic::Direction direction) const {
    return waiting_[static_cast<std::size_t>(direction)];
  }

  MixSummary summary;  ///< complete after end()

 private:
  void note_peak(const traffic::DevicePacket& packet);

  std::size_t batch_;
  std::vector<traffic::DevicePacket> packets_;
  DelayQueue waiting_[2];            ///< by direction
  bool sent_ = false;                ///< a packet has gone out
  traffic::Nanoseconds second_ = 0;  ///< begin of the clock's second of what went out last
  std::uint64_t in_second_ = 0;      ///< bytes on the wire in it
};

}  // namespace ipet::defence
