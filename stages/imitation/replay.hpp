// Imitates a device by its own past: a block bootstrap (Kuensch 1989; Politis and Romano 1994) of the days of
// the pool, in segments of a few hours.
//
// The day of an imitation is cut into segments, aligned with its clock. Each is taken from a random day of
// the pool, and of the same time of day (`clock = "kept"`), of another one within some hours ("near"), or of
// any ("shifted"), of the youngest seven days that have it. Which time follows from the line and the
// segment's place in the day, and which day from that and from how many days ago it was, so that the line
// takes another recording each day:
//
// - A pool that has had seven days to choose from (or its `pool_days`) for a week repeats nothing on a line.
// - While it grows, a line goes back when an older day than it has taken so far turns up: in the first two
//   weeks, each time of day repeats on six days at most and on three on average. To repeat nothing from the
//   first day on, all lines would have to carry the same yesterday.
// - A pool that stands still comes again when all its days (seven) have been played.
// - Where a time of day is missing on some day, something comes once more instead.
//
// Where nobody recorded a time of day on any day, other times are taken: all before one comes again on that
// day. Where only few hours are known, those of one day thus come several times: of a pool of one recording
// of two hours, twelve times a day.
//
// Bursts stay whole: a segment is the bursts that begin in it. Where one ends, the device would have gone on
// at some time; the next one is moved so that it begins then, if that is no more than `jitter` away. So a
// device that speaks every minute does so across the seam. Else the segment is moved by a random time of up
// to `jitter`. Each burst is moved by up to `wobble`, and further where its distances have no rhythm
// (`loosen`, looseness.hpp), and its inner gaps are stretched by up to `stretch`.
//
// Sizes, directions and protocols repeat those of the pool exactly: who has recorded the line for days can
// find them again. That is what renewal (renewal.hpp) does not do.
#pragma once

#include <cstdint>

#include "pipeline/text/words.hpp"
#include "stages/imitation/bursts.hpp"
#include "stages/imitation/imitator.hpp"

namespace ipet::defence {

/// At which time of day a segment of a past day is played.
enum class Clock : std::uint8_t { kept, near, shifted };
inline constexpr text::Word<Clock> clocks[] = {
    {"kept", Clock::kept}, {"near", Clock::near}, {"shifted", Clock::shifted}};

struct ReplayOptions {
  double segment = 2 * 3600.0;  ///< seconds; a day is cut into a whole number of about such length
  Clock clock = Clock::near;
  double near_hours = 6;  ///< Clock::near: segments change places within so many hours
  double jitter = 600;    ///< seconds
  double wobble = 0.004;  ///< seconds
  /// A burst is moved by up to so many times the typical difference between its distance to the burst before
  /// and others of about that length: timers stay timers, and what comes irregularly comes at another time.
  double loosen = 0.5;
  double stretch = 0.02;  ///< share of a gap, below 1; 0.1 is found by attackers (stages/chorus/README.md)
  double burst_gap = 5;   ///< seconds of silence that end a burst
};

class Replay final : public Imitator {
 public:
  using Options = ReplayOptions;
  /// Throws std::invalid_argument for options outside their ranges.
  explicit Replay(const Options& options);
  [[nodiscard]] std::unique_ptr<CoverSource> imitate(const Pool& pool,
                                                     const Imitation& imitation) const override;

 private:
  Options options_;
};

}  // namespace ipet::defence
