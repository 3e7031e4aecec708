// A semi-Markov model of a device's events as an imitator (stages/defence/renewal.hpp).
#include "stages/defence/renewal.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("renewal", "1.0", catalog) {
  using O = ipet::defence::RenewalOptions;
  catalog.component<ipet::defence::Imitator, ipet::defence::Renewal>("renewal")
      .about(
          "Imitates a device by a model of its events and the time between them, fitted on its past days; "
          "nothing is repeated.")
      .option("burst_gap", &O::burst_gap, ipet::unit("s"), ipet::minimum(1e-3), ipet::maximum(86'400),
              "Silence that ends an event.")
      .option("session_gap", &O::session_gap, ipet::unit("s"), ipet::minimum(0), ipet::maximum(86'400),
              "Of devices with few events: those with shorter times between them stay together.")
      .option("clock_hours", &O::clock_hours, ipet::unit("h"), ipet::minimum(0), ipet::maximum(24),
              "How near in time of day is near.")
      .option("jump", &O::jump, ipet::minimum(0), ipet::maximum(1),
              "Probability, at each event, of going on as after another one like it.")
      .option("splice", &O::splice, ipet::minimum(0), ipet::maximum(1),
              "Probability, at each packet, of going on as another event of the kind did.")
      .option("noise", &O::noise, ipet::minimum(0), ipet::maximum(2),
              "Spread of the gaps inside an event: standard deviation of their logarithm.");
}
