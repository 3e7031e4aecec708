// How long a line takes to answer.
#pragma once

#include "stages/attack/view.hpp"

namespace ipet::attack {

/// A row for each bin of some minutes, also for those without packets. Packets without payload do not count.
///
/// An answer is a packet of the other direction than the one before it, incoming or outgoing, or the first
/// packet of a burst (gaps under 2 s) that follows another one within 8 s. It belongs to the bin that it
/// comes in and, by the size of the packet before it, to those below 64 bytes, below 512, or of more. Columns
/// for each of these nine: number of answers; 10, 50 and 90 % quantiles of the time since the packet before,
/// in seconds, 0 where there is none; and how many of these times lie in each class of a factor of the square
/// root of two from 1 ms to 8 s, shorter ones in the first and longer ones in the last.
class ResponseView final : public View {
 public:
  /// Throws std::invalid_argument unless there are at least a millisecond and at most a day of minutes.
  explicit ResponseView(double minutes);

  /// "responses of 15 min"
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::unique_ptr<FeatureExtractor> open(const Interval& interval) const override;

 private:
  traffic::Nanoseconds length_;
  std::string name_;
};

}  // namespace ipet::attack
