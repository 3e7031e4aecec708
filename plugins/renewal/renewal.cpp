// A semi-Markov model of a device's events as an imitator (stages/imitation/renewal.hpp).
#include "stages/imitation/renewal.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("renewal", "1.0", catalog) {
  using O = ipet::defence::RenewalOptions;
  catalog.component<ipet::defence::Imitator, ipet::defence::Renewal>("renewal")
      .about(
          "Imitates a device by a model of its events and the time between them, fitted on its past days; "
          "nothing is repeated.")
      .option("burst_gap", &O::burst_gap, ipet::unit("s"), ipet::minimum(1e-3), ipet::maximum(86'400),
              "Length of the silence that ends an event of the device.")
      .option("session_gap", &O::session_gap, ipet::unit("s"), ipet::minimum(0), ipet::maximum(86'400),
              "Of devices with few events: events with less time between them are imitated together, as one "
              "session.")
      .option("clock_hours", &O::clock_hours, ipet::unit("h"), ipet::minimum(0), ipet::maximum(24),
              "Events are drawn from those at a similar time of day: standard deviation of the difference.")
      .option(
          "jump", &O::jump, ipet::minimum(0), ipet::maximum(1),
          "Probability (0 to 1), at each event, of going on as the device did after another event like it.")
      .option(
          "splice", &O::splice, ipet::minimum(0), ipet::maximum(1),
          "Probability (0 to 1), at each packet of an event, of going on as another event of its kind did.")
      .option("noise", &O::noise, ipet::minimum(0), ipet::maximum(2),
              "Spread of the gaps between packets of an event, around the recorded ones: standard deviation "
              "of their natural logarithm; 0.01 is about 1 %.");
}
