// The publication's constant-rate baseline as a component (stages/padding/rate_shaper.hpp).
#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/rate_defence.hpp"

namespace {

namespace defence = ipet::defence;

std::shared_ptr<const defence::Defence> make(const defence::RateOptions& options) {
  return std::make_shared<defence::RateDefence>("constant", options);
}

}  // namespace

IPET_PLUGIN("constant", "1.0", catalog) {
  using O = defence::RateOptions;
  catalog.component<defence::Defence>("constant", make)
      .about(
          "A line that has user data, or by chance, sends at a constant rate for the rest of the second. "
          "Delays user data.")
      .option("rate", &O::mean, ipet::minimum(1), ipet::maximum(1e9), ipet::unit("bytes/s"),
              "Of both directions together.")
      .option("start_probability", &O::start_probability, ipet::minimum(0), ipet::maximum(1),
              "That an idle second is padded.")
      .option("published_defects", &O::published_defects, defence::rate_defects_help);
}
