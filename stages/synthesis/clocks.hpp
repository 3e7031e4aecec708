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

/// When a process of a device may act in a recording.
struct Presence {
  Nanoseconds first = 0;           ///< begin of the first recording
  Nanoseconds recording = 0;       ///< begin of this one
  Nanoseconds begin = 0, end = 0;  ///< half open, in this recording
  Nanoseconds switched_on = 0;     ///< the device, perhaps in an earlier recording
};

/// The times at which one process of one device starts an exchange.
class TriggerClock {
 public:
  /// `shared` is keyed by the home event alone, so that all processes that answer it see the same times;
  /// `phase` by device, process and when it was switched on, so that beats that keep time go on.
  TriggerClock(const Home& home, const Trigger& trigger, const Presence& presence, double drift_ppm,
               traffic::Random random, traffic::Random shared, traffic::Random phase)
      : home_(home),
        trigger_(trigger),
        presence_(presence),
        end_(presence.end),
        random_(random),
        shared_(shared),
        at_(presence.recording) {
    if (trigger.kind != Trigger::Kind::period) return;
    const double seconds = trigger.every_seconds * (1 + drift_ppm * 1e-6);
    period_ = nanoseconds(seconds);
    // The first beat lies anywhere in the first period.
    at_ = trigger.keeps_time ? presence.switched_on - nanoseconds(seconds * phase.uniform())
                             : presence.begin - nanoseconds(seconds * random_.uniform());
    if (trigger.keeps_time) at_ += (presence.begin - at_) / period_ * period_;
  }

  [[nodiscard]] const Presence& presence() const { return presence_; }
  [[nodiscard]] Nanoseconds end() const { return end_; }
  /// The next time; at or after the end of the presence when there is none.
  Nanoseconds next() {
    Nanoseconds time = draw();
    while (time < presence_.begin) time = draw();
    return time;
  }

 private:
  Nanoseconds draw() {
    switch (trigger_.kind) {
      case Trigger::Kind::period:
        at_ += period_;
        return std::max(presence_.begin, at_ + nanoseconds(trigger_.jitter_seconds * random_.uniform(-1, 1)));
      case Trigger::Kind::poisson:
        at_ = next_poisson(at_, end_, trigger_.per_hour, trigger_.profile, random_);
        return at_;
      case Trigger::Kind::event:
        return next_event();
    }
    return end_;
  }

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
  Presence presence_;
  Nanoseconds end_;
  traffic::Random random_, shared_;
  Nanoseconds at_, period_ = 0;
};

}  // namespace ipet::synthesis
