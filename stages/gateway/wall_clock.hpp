// What time of day it is by a clock that does not jump, and when the clock of the wall does.
#pragma once

#include <optional>

#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

/// Maps a steady clock to the wall's. Between looks the mapping stands, so records keep their order when the
/// wall clock is set; what a look finds beyond `least_step` is a step, after which records have the new time.
class WallClock {
 public:
  static constexpr traffic::Nanoseconds least_step = traffic::second / 2;

  WallClock(traffic::Nanoseconds steady, traffic::Nanoseconds wall) : offset_(wall - steady) {}

  [[nodiscard]] traffic::Nanoseconds at(traffic::Nanoseconds steady) const { return steady + offset_; }

  /// Both clocks now. How far the wall clock went forward (back: negative) by itself since the last step, if
  /// it did.
  std::optional<traffic::Nanoseconds> look(traffic::Nanoseconds steady, traffic::Nanoseconds wall) {
    const traffic::Nanoseconds step = wall - at(steady);
    if (step < least_step && step > -least_step) return std::nullopt;
    offset_ += step;
    return step;
  }

 private:
  traffic::Nanoseconds offset_;
};

}  // namespace ipet::gateway
