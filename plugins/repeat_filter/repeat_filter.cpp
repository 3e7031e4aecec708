// What repeats recordings, as a filter (stages/attack/repeat_filter.hpp).
#include "stages/attack/repeat_filter.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace attack = ipet::attack;

IPET_PLUGIN("repeat_filter", "1.0", catalog) {
  using O = attack::RepeatFilterOptions;
  using R = attack::RepeatOptions;
  catalog.component<attack::PacketFilter, attack::RepeatFilter>("repeat_filter")
      .about(
          "Throws away what was seen before on any line: segments of recordings that are played again, moved "
          "in time and among other packets.")
      .option("block", ipet::within(&O::repeats, &R::block), ipet::minimum(1), ipet::maximum(86'400),
              ipet::unit("s"), "Length of the stretches in which a line is compared with the recordings.")
      .option("tolerance", ipet::within(&O::repeats, &R::tolerance), ipet::minimum(1e-6), ipet::maximum(10),
              ipet::unit("s"),
              "A packet belongs to a recording that is played again if its time is at most so far from the "
              "recorded one, moved as the others are.")
      .option("least_accuracy", &O::least_accuracy, ipet::minimum(0.5), ipet::maximum(1),
              "Balanced accuracy (share, 0.5 is guessing) in telling real packets from cover traffic, on the "
              "later half of the training lines, below which it throws nothing away.");
}
