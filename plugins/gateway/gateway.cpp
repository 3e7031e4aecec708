// Stage `gateway`, and the verb of that name which runs it.
#include "plugins/shared/live_end.hpp"

IPET_PLUGIN("gateway", "1.0", catalog) {
  auto stage = catalog.task<ipet::LiveEnd<ipet::gateway::Side::gateway>>("gateway");
  ipet::with_live_options(stage, "relay")
      .about(
          "Protects a home while it is on line: stands between the devices and their tunnels, adds the cover "
          "of a defence or delays as it says.");
  catalog.verb("gateway", "gateway", "Protects a home live: its end of the tunnels");
}
