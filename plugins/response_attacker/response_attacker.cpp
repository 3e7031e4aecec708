// How long a line takes to answer (stages/attack/response_view.hpp), as an attacker.
#include "stages/attack/response_attacker.hpp"

#include "plugins/shared/table_attacker_options.hpp"

namespace attack = ipet::attack;

IPET_PLUGIN("response_attacker", "1.0", catalog) {
  ipet::declare_table_attacker<attack::ResponseAttacker>(
      catalog, "response_attacker",
      "Names the device behind some minutes of a line by how long answers take, from packet to "
      "packet and from burst to burst.",
      "responses");
}
