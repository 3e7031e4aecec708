// Imitates a device by a semi-Markov model of its events, fitted on the days of the pool: nothing that was
// recorded is played again.
//
// An event is a burst: packets without a silence of `burst_gap` between them. Events of one packet sequence
// are of one kind; long and rare ones are put together by how much they send. The pool's days form a circle,
// so that the times between events add up to all that was recorded, and rates match; what nobody recorded
// between two days (PoolDay::continues) is cut out.
//
// Time between events, and the next event: as after the event of the pool that stands for the current one.
// With probability `jump`, that becomes another one of its kind, drawn with weights by how near its time of
// day is, how alike it took long and how alike the time before it was (a bootstrap of analogues, as of Lall
// and Sharma, Water Resources Research 1996), so that slow changes stay slow; the time is then moved a
// little. So a keep-alive every 60 s stays one, to the spread that it has, and two timers keep their
// distance.
//
// Devices with few and irregular events have sessions instead: groups of events within `session_gap`. Those
// of the pool each come a Poisson number of times, on average once per day that was recorded at their time of
// day, near that time: a cluster process whose intensity is the pool's, smoothed. They keep to times of day
// that were recorded on some day; chains of events go on at all times.
//
// Inside an event of more than 16 packets: a walk through events of its kind. At random packets it goes on in
// another one, where the last packets were the same and as many had come; lengths thus follow the hazard of
// the pool's, and sizes are redrawn among events of a kind; once in an event it goes on from a place a little
// before or after, so that no length comes with the sizes that it had. Gaps inside all events vary by
// `noise`.
#pragma once

#include "stages/imitation/imitator.hpp"

namespace ipet::defence {

struct RenewalOptions {
  double burst_gap = 5;      ///< seconds of silence that end an event
  double session_gap = 600;  ///< seconds
  double clock_hours = 2;    ///< how near in time of day is near: a standard deviation
  double jump = 0.3;         ///< probability, per event, of going on from another one
  double splice = 0.125;     ///< probability, per packet, of going on in another event
  double noise = 0.01;       ///< standard deviation of the logarithm of a gap inside an event
};

class Renewal final : public Imitator {
 public:
  using Options = RenewalOptions;
  /// Throws std::invalid_argument for options outside their ranges.
  explicit Renewal(const Options& options);
  [[nodiscard]] std::unique_ptr<CoverSource> imitate(const Pool& pool,
                                                     const Imitation& imitation) const override;

 private:
  Options options_;
};

}  // namespace ipet::defence
