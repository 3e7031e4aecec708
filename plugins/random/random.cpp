// The publication's random-rate baseline as a component (stages/padding/rate_shaper.hpp).
#include "pipeline/sdk/plugin.hpp"
#include "stages/padding/rate_defence.hpp"

namespace {

namespace defence = ipet::defence;

struct RandomOptions : defence::MeanRateOptions {
  RandomOptions() : MeanRateOptions{12'500, 4, 0.5, false} {}
};

class Random final : public defence::RateDefence {
 public:
  using Options = RandomOptions;
  explicit Random(const Options& options) : RateDefence("random", options.shaper()) {}
};

}  // namespace

IPET_PLUGIN("random", "1.0", catalog) {
  using O = RandomOptions;
  catalog.component<defence::Defence, Random>("random")
      .about("As constant, at a rate that is drawn anew every five seconds. Delays user data.")
      .option("rate", static_cast<double O::*>(&O::rate), ipet::minimum(1), ipet::maximum(1e9),
              ipet::unit("bytes/s"), "Mean of the rates of both directions together.")
      .option("deviation", static_cast<double O::*>(&O::deviation), ipet::minimum(0), ipet::maximum(1e9),
              ipet::unit("bytes/s"), "Standard deviation of the rates.")
      .option("start_probability", static_cast<double O::*>(&O::start_probability), ipet::minimum(0),
              ipet::maximum(1), "That an idle second is padded.")
      .option("published_defects", static_cast<bool O::*>(&O::published_defects), defence::rate_defects_help);
}
