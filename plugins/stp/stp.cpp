// Stochastic traffic padding as a component (stages/padding/stp.hpp).
#include "stages/padding/stp.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"
#include "stages/defence/none.hpp"

namespace {

namespace defence = ipet::defence;

class StpDefence final : public defence::Defence {
 public:
  using Options = defence::StpOptions;
  explicit StpDefence(const Options& options) : options_(options) {}
  [[nodiscard]] bool delays() const override { return !options_.cover_only; }
  [[nodiscard]] std::shared_ptr<const defence::Defence> at_intensity(double intensity) const override {
    if (intensity > 0) return std::make_shared<StpDefence>(options_.at_intensity(intensity));
    if (options_.cover_only) return std::make_shared<defence::None>();
    return nullptr;  // user packets could not leave
  }
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                 const defence::Line& line) const override {
    return std::make_unique<defence::StpCover>(options_, line.key(resources, "stp"));
  }
  [[nodiscard]] std::unique_ptr<defence::Shaper> shaper(const defence::Resources& resources,
                                                        const defence::Line& line) const override {
    return std::make_unique<defence::Stp>(options_, line.key(resources, "stp"));
  }

 private:
  Options options_;
};

}  // namespace

IPET_PLUGIN("stp", "1.0", catalog) {
  using O = defence::StpOptions;
  catalog.component<defence::Defence, StpDefence>("stp")
      .about(
          "Stochastic traffic padding: in periods with user data, and in random other ones, the line sends "
          "at a fixed rate throughout. Delays user data, unless cover_only.")
      .option("period", &O::period, ipet::minimum(0.1), ipet::maximum(86400), ipet::unit("s"),
              "Length of a period; user data waits for the next one.")
      .option("rate", &O::rate, ipet::minimum(1), ipet::maximum(1e9), ipet::unit("bytes/s"),
              "Of each direction in a padded period.")
      .option("cell", &O::cell, ipet::minimum(1), ipet::maximum(defence::largest_cell), ipet::unit("bytes"),
              "Payload of a packet.")
      .option("padding_probability", &O::padding_probability, ipet::minimum(0), ipet::maximum(1),
              "That a period without user data is padded.")
      .option("cover_only", &O::cover_only,
              "User packets leave as they come; cover tops padded periods up to the rate.");
}
