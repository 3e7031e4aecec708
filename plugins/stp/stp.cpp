// Stochastic traffic padding as a component (stages/padding/stp.hpp).
#include "stages/padding/stp.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"
#include "stages/defence/none.hpp"
#include "stages/defence/periods.hpp"

namespace {

namespace defence = ipet::defence;

struct PluginOptions {
  double period = 10, rate = defence::StpOptions().rate;
  std::uint32_t cell = defence::StpOptions().cell;
  double padding_probability = defence::StpOptions().padding_probability;
  bool cover_only = false;
};

class StpDefence final : public defence::Defence {
 public:
  using Options = PluginOptions;
  explicit StpDefence(const Options& options) : cover_only_(options.cover_only) {
    options_.period = defence::to_nanoseconds(options.period);
    options_.rate = options.rate;
    options_.cell = options.cell;
    options_.padding_probability = options.padding_probability;
  }
  StpDefence(const defence::StpOptions& options, bool cover_only)
      : options_(options), cover_only_(cover_only) {}
  [[nodiscard]] bool delays() const override { return !cover_only_; }
  [[nodiscard]] std::shared_ptr<const defence::Defence> at_intensity(double intensity) const override {
    if (intensity > 0) return std::make_shared<StpDefence>(options_.at_intensity(intensity), cover_only_);
    if (cover_only_) return std::make_shared<defence::None>();
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
  defence::StpOptions options_;
  bool cover_only_;
};

}  // namespace

IPET_PLUGIN("stp", "1.0", catalog) {
  using O = PluginOptions;
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
