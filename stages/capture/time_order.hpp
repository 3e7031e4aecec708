// Puts packets in time order within a bounded look-ahead.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::capture {

/// A packet is held until one that is a second newer has come, or until `most_held` packets are held. One
/// that is older than what was delivered already gets the time of the newest delivered, so times never go
/// back.
class TimeOrder {
 public:
  static constexpr traffic::Nanoseconds window = traffic::second;
  static constexpr std::size_t most_held = 65'536;

  void push(const traffic::Packet& packet) {
    if (packet.time < delivered_) return push_late(packet);
    if (size() == 0 || packet.time >= held_.back().time) return held_.push_back(packet);
    ++reordered_;
    insert(packet);
  }
  [[nodiscard]] bool ready() const {
    return size() > 0 && (size() > most_held || held_.back().time - held_[head_].time >= window);
  }
  [[nodiscard]] std::size_t size() const { return held_.size() - head_; }
  /// Only when size() > 0.
  [[nodiscard]] const traffic::Packet& oldest() const { return held_[head_]; }
  const traffic::Packet& pop();

  /// Takes packets in the order of their arrival and appends those whose turn has come to `out`, in vectors
  /// of any size: push() and pop() for each, but where everything is in order anyway the vector itself goes
  /// on. `ascending`: in time.
  void pass(std::vector<traffic::Packet>&& packets, bool ascending,
            std::deque<std::vector<traffic::Packet>>& out);
  /// What is held, in order, after the last packet.
  std::vector<traffic::Packet> rest();
  /// After rest(): times may begin anew.
  void begin_anew() { delivered_ = 0; }

  /// For packets without a time of their own.
  [[nodiscard]] traffic::Nanoseconds newest() const { return size() > 0 ? held_.back().time : delivered_; }
  [[nodiscard]] std::uint64_t reordered() const { return reordered_; }
  [[nodiscard]] std::uint64_t late() const { return late_; }

 private:
  void insert(const traffic::Packet& packet);
  void push_late(traffic::Packet packet);
  [[nodiscard]] std::size_t held_of(const std::vector<traffic::Packet>& ascending) const;

  std::vector<traffic::Packet> held_;  // [head_, end) sorted by time, equal times in order of arrival
  std::size_t head_ = 0;
  traffic::Nanoseconds delivered_ = 0;
  std::uint64_t reordered_ = 0, late_ = 0;
};

}  // namespace ipet::capture
