// Keeps what is drawn of a line while it goes through a mixer.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "stages/report/report.hpp"

namespace ipet::evaluation {

/// Half an hour from the first user packet on that the defence can cover; less where so much is sent, or
/// where the line ends earlier.
class LineExampleKeeper {
 public:
  static constexpr traffic::Nanoseconds length = 1800 * traffic::second;
  static constexpr std::size_t most_packets = 100'000;  ///< before, and after

  /// `from`: when the defence has learned enough to cover lines (Defence::ready_from).
  LineExampleKeeper(std::string device, std::string defence, traffic::Nanoseconds from) : from_(from) {
    example_.device = std::move(device);
    example_.defence = std::move(defence);
  }

  /// User packets as they come, in time order.
  void before(std::span<const traffic::DevicePacket> packets) {
    if (!begun_) {
      const auto first =
          std::ranges::find_if(packets, [&](const auto& packet) { return packet.time >= from_; });
      if (first == packets.end()) return;
      example_.begin = first->time;
      example_.end = first->time + length;
      begun_ = true;
    }
    keep(packets, example_.before);
  }
  /// What leaves, in time order; of defences that delay long after it came.
  void after(std::span<const traffic::DevicePacket> packets) {
    if (begun_) keep(packets, example_.after);
  }

  /// Nothing `before` where no packet was kept.
  [[nodiscard]] LineExample take() {
    for (auto* packets : {&example_.before, &example_.after})
      std::erase_if(*packets, [&](const auto& packet) { return packet.time >= example_.end; });
    traffic::Nanoseconds last = example_.begin;
    for (const auto* packets : {&example_.before, &example_.after})
      if (!packets->empty()) last = std::max(last, packets->back().time);
    if (!goes_on_ && begun_) example_.end = std::min(example_.end, last + traffic::second);
    return std::move(example_);
  }

 private:
  void keep(std::span<const traffic::DevicePacket> packets, std::vector<traffic::DevicePacket>& to) {
    for (const traffic::DevicePacket& packet : packets) {
      goes_on_ = goes_on_ || packet.time >= example_.end;
      if (packet.time < example_.begin || packet.time >= example_.end) continue;
      if (to.size() < most_packets)
        to.push_back(packet);
      else
        example_.end = std::min(example_.end, packet.time);
    }
  }

  traffic::Nanoseconds from_;
  bool begun_ = false;
  bool goes_on_ = false;  ///< beyond what is kept
  LineExample example_;
};

}  // namespace ipet::evaluation
