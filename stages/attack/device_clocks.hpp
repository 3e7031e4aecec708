// What beats in devices: whole bursts that come regularly, found in undefended traffic, and the runs of
// beats that a line has of them. A device goes on beating at midnight and through the day; who imitates it
// begins anew, or mends one clock and breaks another.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stages/attack/attacker.hpp"
#include "stages/attack/phrases.hpp"

namespace ipet::attack {

struct Clock {
  std::uint16_t label = 0;  ///< class of the device; it may have several clocks
  traffic::Nanoseconds period = 0;
  traffic::Nanoseconds tolerance = 0;  ///< a beat comes that near to a period after the one before
  std::vector<std::size_t> phrases;    ///< bursts that are its beats, places in Clocks::phrases

  bool operator==(const Clock&) const = default;
};

struct Clocks {
  std::vector<Phrase> phrases;  ///< each once; devices may share some
  std::vector<Clock> all;       ///< by class, the most frequent first
  std::size_t classes = 0;
};

/// Bursts of a device are of a kind where all their sizes and directions are equal. A kind has a clock where
/// activity::Timers finds a period in it, and other kinds beat with it where at least half of their bursts
/// come a period before or after one of it; what only goes on longer than such a burst is found by its begin.
/// The tolerance is one and a half times what nine of ten such
/// distances keep to, between 10 and 500 ms. At most eight clocks for a class.
Clocks clocks_of(std::span<const CleanRecording> recordings, std::size_t classes);

/// Beats of a clock that follow each other.
struct BeatTrain {
  traffic::Nanoseconds first = 0, last = 0;
  std::size_t beats = 1;
  double period = 0;  ///< on this line, ns
  // Since BeatTrains::turn.
  std::size_t recent = 1;
  std::vector<traffic::Nanoseconds> deviations;  ///< of beats from when they were expected, to either side
};

/// Sorts beats of one clock on one line into trains, each with a period of its own, near the clock's: a
/// clock's error grows with each beat. Missing beats are bridged as long as what comes then is hardly there
/// by chance, over at most 30 periods, and over fewer where the clock is less exact. Devices wait for an
/// answer now and then and count from there: the next beat may also come a sixtieth of a period early or
/// late, 4 s at most, if no train expects it more exactly.
class BeatTrains {
 public:
  explicit BeatTrains(const Clock& clock);

  static constexpr double unexpected = 2;
  /// How badly a beat fits the train that expects it best: up to 1 within the tolerance, below 2 as one that
  /// is late.
  [[nodiscard]] double misfit(traffic::Nanoseconds time) const { return expectation(time).misfit; }
  /// The train that a beat goes on with, or begins. Beats come in time order, but for some seconds. Valid
  /// until the next call.
  const BeatTrain& beat(traffic::Nanoseconds time);
  /// At most 64: beyond, those with the fewest beats end.
  [[nodiscard]] const std::vector<BeatTrain>& trains() const { return trains_; }
  /// A new stretch begins; trains end that nothing can go on with any more.
  void turn(traffic::Nanoseconds now);

 private:
  struct Expectation {
    std::size_t train = 0;
    double misfit = unexpected, periods = 0, deviation = 0;
  };
  [[nodiscard]] Expectation expectation(traffic::Nanoseconds time) const;

  double period_, tolerance_, loose_;  ///< ns
  double reach_;                       ///< periods
  std::vector<BeatTrain> trains_;
};

}  // namespace ipet::attack
