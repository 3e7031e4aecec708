// The publication's baselines: a line that is active sends at a rate, user data first and then padding; a
// line that is not sends nothing.
//
// Time runs in ticks, whole multiples of RateOptions::tick since the epoch, the first of them not before
// begin(), or else after the first user packet; ten ticks of 0.1 s are a period T of 1 s. The line is active
// in a period where user data waits at one of its ticks (from that tick on), or, with probability q, from its
// begin; whether by chance is drawn once per whole period. In an active tick both directions together send
// rate x tick bytes: what waits longest first, whichever its direction, then padding, half of it each way (an
// odd byte out). Rates:
//
//   constant      the mean, always
//   random        |N(mean, deviation)|, drawn anew every `redraw`
//   random_plus   the same around a mean that is drawn once per line, uniform in (lowest, highest]
//
// With `published_defects`, as released: the bytes of a tick are granted for the first period of every
// `redraw` only, so that the mean rate is a fifth of the nominal one; chance is drawn at every tick of an
// idle line; and what does not fit into a tick goes to the end of the queue and leaves in the wrong
// direction.
#pragma once

#include <deque>

#include "stages/defence/shaper.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

struct RateOptions {
  double mean = 10'000;            ///< bytes per second, both directions together
  double deviation = 0;            ///< of the normal law that rates are drawn from; 0: the mean always
  double lowest = 0, highest = 0;  ///< where highest > 0: the line's mean is drawn from (lowest, highest]
  double start_probability = 0.2112;
  traffic::Nanoseconds tick = traffic::second / 10, period = traffic::second, redraw = 5 * traffic::second;
  bool published_defects = false;

  /// All rates times `factor`, active periods as they are: what is sent in these is in proportion; cover is
  /// what user data leaves of that, and user data waits shorter or longer.
  [[nodiscard]] RateOptions at_intensity(double factor) const;
};

class RateShaper final : public Shaper {
 public:
  using Options = RateOptions;
  RateShaper(const RateOptions& options, traffic::StreamKey key);
  void begin(traffic::Nanoseconds time) override;
  bool next(traffic::Nanoseconds until, Cell& cell) override;
  [[nodiscard]] traffic::Nanoseconds due() const override {
    if (!begun_) return CoverSchedule::never;
    return cells_.empty() ? tick_ : cells_.front().time;
  }
  void rest() override { begun_ = false; }

 private:
  struct Waiting {
    traffic::Direction direction;
    std::uint64_t bytes;
    bool misdirected = false;
  };
  void on_arrival(const traffic::DevicePacket& packet) override;
  void begin_tick();
  bool active_now();
  void draw_rate();
  void send(traffic::Direction direction, std::uint64_t bytes, bool misdirected = false);
  std::uint64_t send_waiting(std::uint64_t quota);
  std::uint64_t send_waiting_as_published(std::uint64_t quota);

  RateOptions options_;
  traffic::Random random_;
  bool begun_ = false;
  traffic::Nanoseconds tick_ = 0;                ///< time of the next tick
  traffic::Nanoseconds period_ = 0, drawn_ = 0;  ///< begin of the current period; when the rate was drawn
  bool active_ = false;                          ///< in the current period
  double mean_ = 0, rate_ = 0, granted_ = 0;     ///< granted: bytes, the fraction carries over
  std::deque<Waiting> queue_;                    ///< of both directions, in order of arrival
  std::deque<Cell> cells_;                       ///< of ticks that have begun
};

}  // namespace ipet::defence
