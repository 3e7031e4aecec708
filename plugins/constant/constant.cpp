// The publication's constant-rate baseline as a component (stages/padding/rate_shaper.hpp).
#include "pipeline/sdk/plugin.hpp"
#include "stages/padding/rate_defence.hpp"

namespace {

namespace defence = ipet::defence;

struct ConstantOptions : defence::MeanRateOptions {
  ConstantOptions() : MeanRateOptions{10'000, 0, 0.2112, false} {}
};

class Constant final : public defence::RateDefence {
 public:
  using Options = ConstantOptions;
  explicit Constant(const Options& options) : RateDefence("constant", options.shaper()) {}
};

}  // namespace

IPET_PLUGIN("constant", "1.0", catalog) {
  using O = ConstantOptions;
  catalog.component<defence::Defence, Constant>("constant")
      .about(
          "A line that has user data, or by chance, sends at a constant rate for the rest of the second. "
          "Delays user data.")
      .option("rate", static_cast<double O::*>(&O::rate), ipet::minimum(1), ipet::maximum(1e9),
              ipet::unit("bytes/s"), "Of both directions together.")
      .option("start_probability", static_cast<double O::*>(&O::start_probability), ipet::minimum(0),
              ipet::maximum(1), "That an idle second is padded.")
      .option("published_defects", static_cast<bool O::*>(&O::published_defects), defence::rate_defects_help);
}
