// What comes regularly in a device's traffic: keep-alives, polls, reports. Found by the times of bursts
// alone, since a device's timers need not send the same sizes twice.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::activity {

struct TimerOptions {
  /// A timer predicts a burst to within so long.
  traffic::Nanoseconds tolerance = traffic::second / 2;
  traffic::Nanoseconds longest_period = 7200 * traffic::second;
  /// A period is one of a timer where at least so many of the bursts that no timer found before explains come
  /// a period after another burst, they are this share of all that could, and this many times as many as
  /// periods near by have.
  std::size_t fewest = 10;
  double share = 0.1, contrast = 4;
  std::size_t most_timers = 16;
};

/// Ascending times at which bursts of a device begin, in one recording without a gap.
using Begins = std::vector<traffic::Nanoseconds>;

class Timers {
 public:
  Timers() = default;
  /// Fits the periods to all recordings together: the most frequent time between two bursts first, the
  /// shortest of those nearly as frequent (its multiples are as frequent), then of what it does not explain
  /// the next one.
  Timers(std::span<const Begins> recordings, const TimerOptions& options);

  /// In the order in which they were found.
  [[nodiscard]] const std::vector<traffic::Nanoseconds>& periods() const { return periods_; }
  /// Which timer predicts each burst, the first one that does: another burst of the recording began one
  /// period before, or, where a period before it was nothing recorded yet, one period later.
  [[nodiscard]] std::vector<std::optional<std::size_t>> which(const Begins& begins,
                                                              traffic::Nanoseconds recorded_from) const;

 private:
  TimerOptions options_;
  std::vector<traffic::Nanoseconds> periods_;
};

}  // namespace ipet::activity
