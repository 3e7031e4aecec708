// A device's packets as symbols: what kind of packet (direction, size, protocol), and how long after the one
// before it. Both alphabets are the device's own, learned from its recordings.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "stages/traffic/packet.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::gan {

/// A packet in symbols. Gaps within an event come first, then pauses: those between events.
struct Symbol {
  std::uint16_t kind = 0, gap = 0;

  bool operator==(const Symbol&) const = default;
};

/// One recording: packets in time order from `begin` on, where the device may have been silent at first.
struct Recording {
  traffic::Nanoseconds begin = 0, end = 0;
  std::span<const traffic::DevicePacket> packets;

  /// After the last packet: the next gap is at least so long. 0 without a packet.
  [[nodiscard]] traffic::Nanoseconds silence() const {
    return packets.empty() ? 0 : std::max<traffic::Nanoseconds>(0, end - packets.back().time);
  }
};

class Alphabet {
 public:
  /// The most frequent kinds have a symbol each; all rarer ones share the last. Gaps below and above
  /// `event_gap` are cut into at most `short_gaps` and `long_gaps` bins of equally many recorded gaps each,
  /// so that what separates events has bins of its own, however rare it is. The silence at the end of a
  /// recording is a gap, too, if it is none within an event: else a device that was heard once would have
  /// no gap that lasts.
  Alphabet(std::span<const Recording> recordings, std::size_t most_kinds, traffic::Nanoseconds event_gap);

  static constexpr std::size_t short_gaps = 16, long_gaps = 24;

  [[nodiscard]] std::size_t kinds() const { return kinds_.size(); }
  [[nodiscard]] std::size_t gaps() const { return gaps_.size(); }
  /// Of gaps(): those below event_gap.
  [[nodiscard]] std::size_t within() const { return within_; }
  /// Of a kind that was not recorded: the one of the nearest size in its direction, else the last.
  [[nodiscard]] std::uint16_t kind_of(const traffic::DevicePacket& packet) const;
  [[nodiscard]] std::uint16_t gap_of(traffic::Nanoseconds gap) const;

  /// A packet of the kind, as recorded; its time is not set.
  [[nodiscard]] traffic::DevicePacket packet(std::size_t kind, traffic::Random& random) const;
  /// A gap of the bin, between two neighbours of those that were recorded: hardly ever one of them.
  [[nodiscard]] traffic::Nanoseconds gap(std::size_t bin, traffic::Random& random) const;
  /// The middle one of those recorded.
  [[nodiscard]] traffic::Nanoseconds usual_gap(std::size_t bin) const {
    return gaps_[bin][gaps_[bin].size() / 2];
  }
  /// How often each was recorded: for first weights.
  [[nodiscard]] const std::vector<double>& kind_counts() const { return kind_counts_; }
  [[nodiscard]] const std::vector<double>& gap_counts() const { return gap_counts_; }

 private:
  using Kind = std::tuple<traffic::Direction, traffic::Protocol, std::uint32_t>;
  void count_kinds(std::span<const Recording> recordings, std::size_t most);
  void add_gaps(std::span<const traffic::Nanoseconds> sorted, std::size_t most);

  std::map<Kind, std::uint16_t> symbols_;
  std::vector<std::vector<std::pair<Kind, double>>> kinds_;  ///< with the share of each kind in its symbol
  std::vector<std::vector<traffic::Nanoseconds>> gaps_;      ///< of each bin, ascending: a sample
  std::vector<double> kind_counts_, gap_counts_;
  std::size_t within_ = 0;
};

}  // namespace ipet::gan
