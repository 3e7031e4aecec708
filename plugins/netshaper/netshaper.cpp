// Netshaper as a component (stages/padding/netshaper.hpp).
#include "stages/padding/netshaper.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/padding/shaped.hpp"

namespace {

namespace defence = ipet::defence;

std::shared_ptr<const defence::Defence> make(const defence::NetshaperOptions& options) {
  return std::make_shared<defence::Shaped<defence::Netshaper>>("netshaper", options);
}

}  // namespace

IPET_PLUGIN("netshaper", "1.0", catalog) {
  using O = defence::NetshaperOptions;
  catalog.component<defence::Defence>("netshaper", make)
      .about(
          "Differentially private shaping: the length of the queue plus noise is what is sent. Delays user "
          "data.")
      .option("interval", &O::interval, ipet::minimum(1e-3), ipet::maximum(60), ipet::unit("s"),
              "Between two decisions.")
      .option("window", &O::window, ipet::minimum(1e-3), ipet::maximum(86400), ipet::unit("s"),
              "What is observed for so long is (epsilon, delta) private.")
      .option("epsilon", &O::epsilon, ipet::minimum(1e-3), ipet::maximum(1e3),
              "Privacy loss of one direction in a window; less is more private, and costs more.")
      .option("delta", &O::delta, ipet::minimum(1e-15), ipet::maximum(0.1),
              "Probability with which the privacy loss may be larger.")
      .option("sensitivity", &O::sensitivity, ipet::minimum(1), ipet::maximum(1e9), ipet::unit("bytes"),
              "Difference in a queue that is to be hidden.")
      .option("largest", &O::largest, ipet::minimum(1), ipet::maximum(1e9), ipet::unit("bytes"),
              "Sent at most in an interval and direction.");
}
