// What a user of the defence `perturbation` decides.
#pragma once

#include <chrono>
#include <cstdint>

#include "pipeline/text/words.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// When cover is sent: see continuous.hpp and ticks.hpp.
enum class ScheduleKind : std::uint8_t { continuous, ticks };
inline constexpr text::Word<ScheduleKind> schedule_kinds[] = {{"continuous", ScheduleKind::continuous},
                                                              {"ticks", ScheduleKind::ticks}};

struct PerturbationOptions {
  ScheduleKind schedule = ScheduleKind::continuous;
  /// What the code releases do where this project does better.
  bool published_defects = false;
  double day_offset_hours = 0;  ///< a day of the random streams begins this long after midnight UTC
  /// Ticks: how long after a packet the device counts as active.
  std::chrono::nanoseconds active = std::chrono::seconds(5);
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;
};

}  // namespace ipet::defence
