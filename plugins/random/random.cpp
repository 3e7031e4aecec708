// The publication's random-rate baseline as a component (stages/padding/rate_shaper.hpp).
#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/rate_defence.hpp"

namespace {

namespace defence = ipet::defence;

struct RandomOptions : defence::RateOptions {
  RandomOptions() : RateOptions{.mean = 12'500, .deviation = 4, .start_probability = 0.5} {}
};

std::shared_ptr<const defence::Defence> make(const RandomOptions& options) {
  return std::make_shared<defence::RateDefence>("random", options);
}

}  // namespace

IPET_PLUGIN("random", "1.0", catalog) {
  using O = RandomOptions;
  catalog.component<defence::Defence>("random", make)
      .about("As constant, at a rate that is drawn anew every five seconds. Delays user data.")
      .option("rate", &O::mean, ipet::minimum(1), ipet::maximum(1e9), ipet::unit("bytes/s"),
              "Mean of the rates of both directions together.")
      .option("deviation", &O::deviation, ipet::minimum(0), ipet::maximum(1e9), ipet::unit("bytes/s"),
              "Standard deviation of the rates.")
      .option("start_probability", &O::start_probability, ipet::minimum(0), ipet::maximum(1),
              "That an idle second is padded.")
      .option("published_defects", &O::published_defects, defence::rate_defects_help);
}
