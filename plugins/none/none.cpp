// No defence, as a component: by the name that tables give it.
#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/no_cover.hpp"

IPET_PLUGIN("none", "1.0", catalog) {
  catalog.component<ipet::defence::Defence, ipet::defence::NoCover>("none").about(
      "No defence: every packet leaves as it came, and nothing else does.");
}
