#include "stages/gateway/clock.hpp"

#include <cmath>
#include <ctime>

namespace ipet::gateway {

using traffic::Nanoseconds;

namespace {

Nanoseconds time_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * traffic::second + time.tv_nsec;
}

}  // namespace

Nanoseconds monotonic_now() {
  return time_of(CLOCK_MONOTONIC);
}

LiveClock::LiveClock(double speed)
    : speed_(speed), wall_(time_of(CLOCK_REALTIME)), monotonic_(monotonic_now()) {}

Nanoseconds LiveClock::now() const {
  return wall_ + passed(monotonic_now() - monotonic_);
}

Nanoseconds LiveClock::passed(Nanoseconds time) const {
  return speed_ == 1 ? time : std::llround(static_cast<double>(time) * speed_);
}

Nanoseconds LiveClock::monotonic_at(Nanoseconds time) const {
  if (time <= wall_) return monotonic_;
  const Nanoseconds left = time - wall_;
  if (left > 10'000 * traffic::day) return never;
  return monotonic_ + (speed_ == 1 ? left : std::llround(std::ceil(static_cast<double>(left) / speed_)));
}

}  // namespace ipet::gateway
