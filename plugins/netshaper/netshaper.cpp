// Netshaper as a component (stages/padding/netshaper.hpp).
#include "stages/padding/netshaper.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"
#include "stages/defence/periods.hpp"

namespace {

namespace defence = ipet::defence;

struct PluginOptions {
  double interval = 0.1, window = 1;
  double epsilon = defence::NetshaperOptions().epsilon, delta = defence::NetshaperOptions().delta;
  double sensitivity = defence::NetshaperOptions().sensitivity;
  std::uint32_t largest = defence::NetshaperOptions().largest;
};

class NetshaperDefence final : public defence::Defence {
 public:
  using Options = PluginOptions;
  explicit NetshaperDefence(const Options& options)
      : options_{defence::to_nanoseconds(options.interval),
                 defence::to_nanoseconds(options.window),
                 options.epsilon,
                 options.delta,
                 options.sensitivity,
                 options.largest} {}
  explicit NetshaperDefence(const defence::NetshaperOptions& options) : options_(options) {}
  [[nodiscard]] bool delays() const override { return true; }
  [[nodiscard]] std::shared_ptr<const defence::Defence> at_intensity(double intensity) const override {
    if (intensity <= 0) return nullptr;  // user packets could not leave
    return std::make_shared<NetshaperDefence>(options_.at_intensity(intensity));
  }
  [[nodiscard]] std::unique_ptr<defence::Shaper> shaper(const defence::Resources& resources,
                                                        const defence::Line& line) const override {
    return std::make_unique<defence::Netshaper>(options_, line.key(resources, "netshaper"));
  }

 private:
  defence::NetshaperOptions options_;
};

}  // namespace

IPET_PLUGIN("netshaper", "1.0", catalog) {
  using O = PluginOptions;
  catalog.component<defence::Defence, NetshaperDefence>("netshaper")
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
