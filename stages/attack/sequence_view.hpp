// Packets one after another, as deep fingerprinting looks at them.
#pragma once

#include "stages/attack/view.hpp"

namespace ipet::attack {

/// Rows of `length` consecutive packets; none goes beyond a bin of some minutes, which are counted as those
/// of AggregateView. What is left of a bin makes a shorter sequence, filled up with zeros; a bin without
/// packets makes no row. A row starts at its first packet. Packets outside the interval are not seen.
///
/// Columns: first `length` sizes in bytes plus one, so that an empty packet is there, then `length` gaps to
/// the packet before it on the line in seconds, at least 1e-6; both negative for incoming packets.
class SequenceView final : public View {
 public:
  /// Throws std::invalid_argument unless there are at least a millisecond and at most a day of minutes, and
  /// at least one packet.
  SequenceView(double minutes, std::size_t length);

  /// "sequences of 128 packets in 15 min"
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::unique_ptr<FeatureExtractor> open(const Interval& interval) const override;
  [[nodiscard]] std::size_t length() const { return length_; }

 private:
  traffic::Nanoseconds bin_;
  std::size_t length_;
  std::string name_;
};

}  // namespace ipet::attack
