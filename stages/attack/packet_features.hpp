// What a per-packet classifier of real against cover traffic looks at.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::attack {

/// Features of one line's packets, while these stream by. Never looks at DevicePacket::dummy.
///
/// Columns: size, direction, protocol; the time modulo 5, 10, 50 and 100 ms; gaps to the packets before and
/// after, to the last packet of either direction and to the next one of the other; seconds since the line
/// last began to send after a second of silence, and that time modulo 50 ms; gaps to the instants before and
/// after modulo 50 ms; packets at the very same instant, the packet's place among them, and how many of them
/// have its size and direction; how many of the eight instants before and the eight after lie a multiple of
/// 5, 10, 50 and 100 ms away (to 2 us: a schedule's grid); sizes, negative where incoming, of the two packets
/// before and the two after; how many of the eight packets before and the eight after have its size and
/// direction.
class PacketFeatures {
 public:
  static std::vector<std::string> names();
  static const std::size_t columns;

  /// Takes packets in time order and their rows [packet, column]; the rows are overwritten afterwards.
  using Sink =
      std::function<void(std::span<const traffic::DevicePacket> packets, std::span<const float> rows)>;

  void add(std::span<const traffic::DevicePacket> packets, const Sink& sink);
  void end(const Sink& sink) { decide(true, sink); }

 private:
  /// Packets of one time, and that time modulo each of the grids.
  struct Instant {
    traffic::Nanoseconds time = 0;
    std::size_t begin = 0, end = 0;  ///< in packets_
    std::int32_t phase[4]{};
  };

  void decide(bool all, const Sink& sink);
  void find_instants();
  void put_rows(std::size_t instant);
  void put_row(std::size_t instant, std::size_t packet, const float* grid);
  void forget(std::size_t instant);

  std::vector<traffic::DevicePacket>
      packets_;  ///< undecided ones, and before them what they are compared with
  std::vector<Instant> instants_;
  std::size_t decided_ = 0, waiting_ = 0;
  std::vector<float> rows_;

  // Up to the packet that is decided next.
  bool begun_ = false;
  traffic::Nanoseconds last_ = 0, period_begin_ = 0, last_of_[2] = {0, 0};
  bool seen_[2] = {false, false};
};

}  // namespace ipet::attack
