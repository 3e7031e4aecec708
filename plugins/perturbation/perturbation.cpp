// The published defence as a component (stages/perturbation/README.md).
#include "stages/perturbation/perturbation.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("perturbation", "1.0", catalog) {
  using O = ipet::defence::PerturbationOptions;
  catalog.component<ipet::defence::Defence, ipet::defence::Perturbation>("perturbation")
      .formerly("ipet")
      .about(
          "Dummies as generators say that were trained against a fingerprinting model. Does not delay user "
          "data.")
      .needs<ipet::defence::Perturbations>("perturbations", "what predictor gives")
      .option("schedule", &O::schedule, ipet::choices(ipet::defence::schedule_kinds),
              "When cover traffic is sent. continuous: from a capture's first packet to its last, also in "
              "silence; ticks: around activity only, on a grid of omega / 2.")
      .option("published_defects", &O::published_defects,
              "Do as the releases do. continuous: chance may exceed a slot's packets; ticks: half of each "
              "row and the last packet of each trace are lost, dummies may be empty and exceed the bytes.")
      .option("active_seconds", &O::active, ipet::unit("s"), ipet::minimum(1e-3), ipet::maximum(1e6),
              "ticks: cover goes on so long after the last packet.")
      .option("day_offset_hours", &O::day_offset_hours, ipet::unit("h"), ipet::minimum(-24),
              ipet::maximum(24),
              "When a day begins, after midnight UTC; no two days share a random sequence.");
}
