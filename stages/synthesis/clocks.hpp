// When things happen: beats, Poisson processes with a time-of-day profile, shared home events.
#pragma once

#include <algorithm>

#include "stages/synthesis/modelled_home.hpp"
#include "stages/traffic/packet.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::synthesis {

using traffic::Nanoseconds;

inline Nanoseconds nanoseconds(double seconds) {
  return static_cast<Nanoseconds>(seconds * static_cast<double>(traffic::second));
}

/// A time of a Poisson process after `time`, by thinning: rate per_hour x profile[hour of the day, UTC].
/// `end` when there is none before it.
inline Nanoseconds next_poisson(Nanoseconds time, Nanoseconds end, double per_hour, const Profile& profile,
                                traffic::Random& random) {
  const double highest = *std::max_element(profile.begin(), profile.end());
  if (!(per_hour * highest > 0)) return end;
  while (time < end) {
    time += nanoseconds(random.exponential(3600 / (per_hour * highest))) + 1;
    const auto hour = static_cast<std::size_t>(time % traffic::day / (3600 * traffic::second));
    if (random.uniform() * highest < profile[hour]) return std::min(time, end);
  }
  return end;
}

/// The times at which one process of one device starts an exchange.
class TriggerClock {
 public:
  /// `shared` is keyed by the home event alone, so that all processes that answer it see the same times.
  TriggerClock(const Home& home, const Trigger& trigger, Nanoseconds begin, Nanoseconds end,
               traffic::Random random, traffic::Random shared)
      : home_(home),
        trigger_(trigger),
        begin_(begin),
        end_(end),
        random_(random),
        shared_(shared),
        at_(begin) {
    // The first beat lies anywhere in the first period.
    if (trigger.kind == Trigger::Kind::period) at_ -= nanoseconds(trigger.every_seconds * random_.uniform());
  }

  [[nodiscard]] Nanoseconds end() const { return end_; }
  /// The next time; at or after the end of the recording when there is none.
  Nanoseconds next() {
    switch (trigger_.kind) {
      case Trigger::Kind::period:
        at_ += nanoseconds(trigger_.every_seconds);
        return std::max(begin_, at_ + nanoseconds(trigger_.jitter_seconds * random_.uniform(-1, 1)));
      case Trigger::Kind::poisson:
        at_ = next_poisson(at_, end_, trigger_.per_hour, trigger_.profile, random_);
        return at_;
      case Trigger::Kind::event:
        return next_event();
    }
    return end_;
  }

 private:
  Nanoseconds next_event() {
    const HomeEvent& event = home_.events[trigger_.event];
    do {
      at_ = next_poisson(at_, end_, event.per_hour, event.profile, shared_);
    } while (at_ < end_ && random_.uniform() >= trigger_.chance);
    const Range delay = trigger_.delay_seconds;
    return at_ + nanoseconds(random_.uniform(delay.low, delay.high));
  }

  const Home& home_;
  const Trigger& trigger_;
  Nanoseconds begin_, end_;
  traffic::Random random_, shared_;
  Nanoseconds at_;
};

}  // namespace ipet::synthesis
