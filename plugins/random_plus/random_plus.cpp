// The publication's Random+ baseline as a component (stages/padding/rate_shaper.hpp).
#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/rate_defence.hpp"

namespace {

namespace defence = ipet::defence;

struct RandomPlusOptions : defence::RateOptions {
  RandomPlusOptions()
      : RateOptions{.deviation = 10'000, .lowest = 5'000, .highest = 40'000, .start_probability = 0.5} {}
};

std::shared_ptr<const defence::Defence> make(const RandomPlusOptions& options) {
  return std::make_shared<defence::RateDefence>("random_plus", options);
}

}  // namespace

IPET_PLUGIN("random_plus", "1.0", catalog) {
  using O = RandomPlusOptions;
  catalog.component<defence::Defence>("random_plus", make)
      .about("As random, around a mean rate that is drawn once per device and capture. Delays user data.")
      .option("lowest", &O::lowest, ipet::minimum(0), ipet::maximum(1e9), ipet::unit("bytes/s"),
              "Means are above this one.")
      .option("highest", &O::highest, ipet::minimum(1), ipet::maximum(1e9), ipet::unit("bytes/s"),
              "Largest mean of the rates of both directions together.")
      .option("deviation", &O::deviation, ipet::minimum(0), ipet::maximum(1e9), ipet::unit("bytes/s"),
              "Standard deviation of the rates around the mean.")
      .option("start_probability", &O::start_probability, ipet::minimum(0), ipet::maximum(1),
              "That an idle second is padded.")
      .option("published_defects", &O::published_defects, defence::rate_defects_help)
      .check([](const O& o, const ipet::OptionPlaces& at) {
        if (o.highest <= o.lowest) at.problem("highest", "'highest' must be above 'lowest'");
      });
}
