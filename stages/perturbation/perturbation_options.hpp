// What a user of the defence `perturbation` decides.
#pragma once

#include <string>

#include "stages/traffic/packet.hpp"

namespace ipet::defence {

struct PerturbationOptions {
  std::string schedule = "continuous";  ///< or "ticks"
  /// What the code releases do where this project does better: see continuous.hpp and ticks.hpp.
  bool published_defects = false;
  double day_offset_hours = 0;  ///< a day of the random streams begins this long after midnight UTC
  double active_seconds = 5;    ///< "ticks": how long after a packet the device counts as active
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;
};

}  // namespace ipet::defence
