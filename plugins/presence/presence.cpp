// presence: which products are in a home (stages/detection/README.md)?
#include "stages/detection/presence.hpp"

#include "plugins/shared/game.hpp"

namespace {

using namespace ipet;
using detection::PresenceOptions;
using PresenceStage = GameStage<PresenceOptions, detection::find_presence>;

}  // namespace

IPET_PLUGIN("presence", "1.0", catalog) {
  using O = GameOptions<PresenceOptions>;
  auto task = catalog.task<PresenceStage>("presence");
  task.about(
      "Lets tunnels carry random choices of a home's products, trains detectors on what leaves each defence "
      "that say which products are there, and says how well they do and what each defence costs.");
  describe_game<PresenceOptions>(task)
      .option("homes", &O::homes, minimum(1), maximum(100'000),
              "Homes on each day of each copy; each product is in one with probability 0.5.")
      .option("products", &O::products,
              "Devices that are one product, [[\"cam-1\", \"cam-2\"]]: it is there where any of them is. "
              "Each other device is a product.")
      .option("vote_minutes", &O::votes, unit("min"), minimum(0.01), maximum(1440),
              "Rows of a day are put together over so much time as well, by adding up logarithms of odds.");
}
