// How long user packets waited in a shaper: from their arrival until the cell leaves that carries their last
// byte.
#pragma once

#include <cstdint>
#include <deque>
#include <tuple>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// Delays of many packets in a few kilobytes. Exact below 1 ms in steps of 1/64 ms; above, bins are 1/64 of
/// a power of two wide, so that a quantile is at most 1.6 % too large. The maximum is exact.
class DelayHistogram {
 public:
  void add(traffic::Nanoseconds delay);
  void add(const DelayHistogram& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Smallest bin edge in seconds that at least `share` of the packets do not exceed; 0 without packets.
  [[nodiscard]] double quantile(double share) const;
  [[nodiscard]] double maximum() const {
    return static_cast<double>(maximum_) / static_cast<double>(traffic::second);
  }

  [[nodiscard]] std::size_t byte_size() const { return bins_.capacity() * sizeof(std::uint32_t); }

  bool operator==(const DelayHistogram&) const = default;

 private:
  static constexpr unsigned bits = 6;
  static constexpr std::size_t bins = 46 * (1U << bits);  ///< up to 2^63 ns
  static std::size_t bin_of(traffic::Nanoseconds delay);
  static traffic::Nanoseconds upper_edge(std::size_t bin);

  std::vector<std::uint32_t> bins_;  ///< none until there is a packet
  std::uint64_t count_ = 0;
  traffic::Nanoseconds maximum_ = 0;

 public:
  /// For the layout word of messages (pipeline/sdk/layout.hpp).
  using Members = std::tuple<decltype(bins_), decltype(count_), decltype(maximum_)>;
};

/// The packets that wait in one direction.
class DelayQueue {
 public:
  void arrive(traffic::Nanoseconds time, std::uint32_t bytes) {
    waiting_.push_back({time, bytes});
    bytes_ += bytes;
  }
  /// So many user bytes leave at `time`; packets whose last byte is among them are added to `delays`.
  void leave(traffic::Nanoseconds time, std::uint64_t bytes, DelayHistogram& delays);
  /// A packet of so many user bytes leaves: one without any leaves by itself, and not with what came before.
  void leave_alone(traffic::Nanoseconds time, std::uint64_t bytes, DelayHistogram& delays);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  struct Waiting {
    traffic::Nanoseconds since;
    std::uint64_t bytes;
  };
  std::deque<Waiting> waiting_;
  std::uint64_t bytes_ = 0;
};

}  // namespace ipet::defence
