// How the clocks of devices beat on a line (stages/attack/clock_view.hpp), as an attacker.
#include "stages/attack/clock_attacker.hpp"

#include "plugins/shared/table_attacker_options.hpp"

namespace attack = ipet::attack;

IPET_PLUGIN("clock_attacker", "1.0", catalog) {
  ipet::declare_table_attacker<attack::ClockAttacker>(
      catalog, "clock_attacker",
      "Names the device behind some minutes of a line by the timers of each device, known from "
      "undefended traffic: which beat there, how exactly, and which went on over midnight.",
      "clocks");
}
