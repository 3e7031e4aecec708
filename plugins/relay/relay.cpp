// Stage `relay`, and the verb of that name which runs it.
#include "plugins/shared/live_end.hpp"

IPET_PLUGIN("relay", "1.0", catalog) {
  auto stage = catalog.task<ipet::LiveEnd<ipet::gateway::Side::relay>>("relay");
  ipet::with_live_options(stage, "gateway")
      .about(
          "The other end of the tunnels of a stage gateway: sends the cover that comes in, and passes user "
          "packets on.");
  catalog.verb("relay", "relay", "The other end of the tunnels that a gateway protects");
}
