// Imitates a device by a semi-Markov model of its events, fitted on the days of the pool: nothing that was
// recorded is played again.
//
// An event is a burst: packets without a silence of `burst_gap` between them. Events of one packet sequence
// are of one kind; long and rare ones are put together by how much they send. The pool's days form a circle,
// so that the times between events add up to all that was recorded, and rates match.
//
// Time between events, and the next event's kind: from an event of the same kind in the pool, drawn with
// weights by how near its time of day is and how alike the time before it was (a bootstrap of analogues, as
// of Lall and Sharma, Water Resources Research 1996); the time is then moved towards that of a similar event.
// So a keep-alive every 60 s stays one, to the spread that it has. A device with few and irregular events has
// sessions instead: groups of events within `session_gap`. Those of the pool each come a Poisson number of
// times, on average once per day that the pool has, near their time of day: a cluster process whose intensity
// is the pool's, smoothed.
//
// Inside an event: a walk through events of its kind. At random packets it goes on in another one, where the
// last packets were the same and as many had come; gaps vary by `noise`. Lengths thus follow the
// hazard of the pool's, and sizes of one position are redrawn among events of a kind.
#pragma once

#include "stages/defence/imitator.hpp"

namespace ipet::defence {

struct RenewalOptions {
  double burst_gap = 5;      ///< seconds of silence that end an event
  double session_gap = 600;  ///< seconds
  double clock_hours = 2;    ///< how near in time of day is near: a standard deviation
  double splice = 0.125;     ///< probability, per packet, of going on in another event
  double noise = 0.1;        ///< standard deviation of the logarithm of a gap inside an event
};

class Renewal final : public Imitator {
 public:
  using Options = RenewalOptions;
  /// Throws std::invalid_argument for options outside their ranges.
  explicit Renewal(const Options& options);
  [[nodiscard]] std::unique_ptr<Voice> imitate(const Pool& pool, const Imitation& imitation) const override;

 private:
  Options options_;
};

}  // namespace ipet::defence
