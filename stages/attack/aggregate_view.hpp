// Rich aggregates of some minutes of a line: what forests and boosted trees look at.
#pragma once

#include "stages/attack/bins.hpp"
#include "stages/windows/aggregation.hpp"

namespace ipet::attack {

/// Bins are half open, counted from Interval::begin_of_day, and the last one of a day ends with it, as those
/// of windows::Aggregation. Every bin that overlaps the interval gives a row, also one without packets: that
/// a line is silent says something too. Packets outside the interval are not seen.
///
/// Columns (sizes in bytes of payload, times in seconds; all 0 where there is nothing to count):
///  - the 20 of windows::aggregate_names, and of the same four groups the sum and the standard deviation of
///    the sizes;
///  - per direction: packets by size, in 26 classes of which those of small sizes are narrow, and in 32
///    classes of equal size modulo 32, so that exact sizes can be told apart; number of different sizes; the
///    three most frequent ones (modulo 4096) and their packets;
///  - gaps to the packet before, by length in classes of a factor of two from 2^20 ns (1 ms) to 2^40 ns (18
///    min): of all packets, of those of a direction to its own last one, and of in after out and out after
///    in. A gap belongs to the bin of the packet that ends it, wherever it began;
///  - bursts (packets less than a second apart; each belongs to the bin of its first packet, and only its
///    packets in that bin are counted): number, packets and bytes of the largest, mean packets, median of the
///    seconds between their begins, the share of these within a tenth of the median and their standard
///    deviation divided by their mean;
///  - packets per minute: variance divided by mean, largest, minutes without any; changes of direction;
///    longest silence in the bin; seconds from its begin to the first packet and from the last packet to its
///    end;
///  - sine and cosine of the time of day in the middle of the bin.
///
/// Without silence, the columns that say how long nothing was sent are 0: longest_silence, silence_before,
/// silence_after, minutes_silent; gaps of 2^30 ns (1.07 s) and more, which are gap_11 to gap_20, and so on
/// for out_gap, in_gap, in_after_out and out_after_in; and the time between bursts, burst_median_seconds,
/// burst_regular and burst_variation. What was sent is still counted, also per minute, and bins in which
/// nothing was are still rows.
class AggregateView final : public View {
 public:
  /// Throws std::invalid_argument unless there are at least a millisecond and at most a day of minutes.
  explicit AggregateView(double minutes, bool silence = true);

  /// "aggregates of 15 min", "aggregates of 15 min without silence".
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::unique_ptr<FeatureExtractor> open(const Interval& interval) const override;

 private:
  traffic::Nanoseconds bin_;
  std::string name_;
  std::vector<std::size_t> hidden_;  ///< columns that are 0, ascending
};

}  // namespace ipet::attack
