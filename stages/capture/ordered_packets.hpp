// Packets of a recording in the order of time, with the times that are believed: ClockWatch, then TimeOrder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "stages/capture/clock_watch.hpp"
#include "stages/capture/time_order.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

class OrderedPackets {
 public:
  explicit OrderedPackets(ClockSteps steps) : clock_(steps) {}

  /// Takes the packets, in the order of their arrival.
  [[nodiscard]] ClockWatch& clock() { return clock_; }
  [[nodiscard]] const ClockWatch& clock() const { return clock_; }
  /// What the clock's watch has decided since the last call goes on.
  void put_in_order();
  /// After the last packet.
  void finish();

  /// Whether none is ready.
  [[nodiscard]] bool empty() const { return ready_.empty(); }
  /// Replaces `packets` by the next ones, at most `limit`, and none that is `span` or more later than the
  /// first, all of one part of the recording; none where none is ready.
  void take(std::size_t limit, traffic::Nanoseconds span, std::vector<traffic::Packet>& packets);
  /// The part that those packets belong to, from 0: steps of the clock divide a recording into parts
  /// (clock_watch.hpp).
  [[nodiscard]] std::uint32_t part() const { return part_; }
  [[nodiscard]] std::uint64_t reordered() const { return order_.reordered(); }
  [[nodiscard]] std::uint64_t late() const { return order_.late(); }

 private:
  void make_ready(std::vector<traffic::Packet>&& packets);

  /// Packets of one part, in order.
  struct Ready {
    std::vector<traffic::Packet> packets;  ///< not empty
    std::uint32_t part = 0;
  };

  ClockWatch clock_;
  TimeOrder order_;
  std::uint32_t ordered_part_ = 0;  // that order_ holds packets of
  std::deque<Ready> ready_;
  std::size_t taken_ = 0;   // of the first of them
  std::uint32_t part_ = 0;  // of the packets that take() gave
};

}  // namespace ipet::capture
