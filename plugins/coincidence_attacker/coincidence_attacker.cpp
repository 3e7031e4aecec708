// What happens on several lines at once (stages/attack/coincidence_attacker.hpp), as an attacker.
#include "stages/attack/coincidence_attacker.hpp"

#include "plugins/shared/table_attacker_options.hpp"

namespace attack = ipet::attack;

IPET_PLUGIN("coincidence_attacker", "1.0", catalog) {
  ipet::declare_table_attacker<attack::CoincidenceAttacker>(
      catalog, "coincidence_attacker",
      "Names the device behind some minutes of a line by bursts that begin on other lines of "
      "its home at the same time, more often than by chance.",
      "coincidences");
}
