// Log-probabilities added up, as a ballot (stages/attack/vote.hpp).
#include "stages/attack/vote.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("vote", "1.0", catalog) {
  using O = ipet::attack::VoteOptions;
  catalog.component<ipet::attack::Ballot, ipet::attack::Vote>("vote")
      .about("Adds up the log-probabilities of all rows of a stretch of time.")
      .option("floor", &O::floor, ipet::minimum(1e-30), ipet::maximum(0.1),
              "A probability counts as at least this, so that no single row rules a device out.");
}
