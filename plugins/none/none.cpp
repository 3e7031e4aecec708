// No defence, as a component: by the name that tables give it.
#include "stages/defence/none.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("none", "1.0", catalog) {
  catalog.component<ipet::defence::Defence, ipet::defence::None>("none").about(
      "No defence: every packet leaves as it came, and nothing else does.");
}
