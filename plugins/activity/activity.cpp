// activity: in which minutes does a device have an event (stages/detection/README.md)?
#include "stages/detection/activity.hpp"

#include "plugins/shared/game.hpp"

namespace {

using namespace ipet;
using ActivityStage = GameStage<detection::ActivityOptions, detection::find_activity>;

}  // namespace

IPET_PLUGIN("activity", "1.0", catalog) {
  using O = GameOptions<detection::ActivityOptions>;
  auto task = catalog.task<ActivityStage>("activity");
  task.about(
      "Trains detectors that say in which minutes a device has an event, on what leaves each defence, and "
      "says how well they do and what each defence costs.");
  describe_game<detection::ActivityOptions>(task)
      .option("run_on", &O::run_on,
              "Defences go on from a day to the next one, as a gateway's do, and attackers who look back see "
              "the days before; in a split by day. Costs are those of one draw, each day by itself.")
      .option("lines", within(&O::lines, &comparison::LineOptions::topology), choices(defence::topologies),
              "What is watched. device: the line of the device itself. home: the one tunnel that carries all "
              "devices.");
}
