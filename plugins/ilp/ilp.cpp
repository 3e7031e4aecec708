// Independent link padding as a component (stages/padding/ilp.hpp).
#include "stages/padding/ilp.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"
#include "stages/defence/periods.hpp"

namespace {

namespace defence = ipet::defence;

struct PluginOptions {
  std::uint32_t cell = defence::IlpOptions().cell;
  double period = 0.1;
};

class IlpDefence final : public defence::Defence {
 public:
  using Options = PluginOptions;
  explicit IlpDefence(const Options& options)
      : options_{options.cell, defence::to_nanoseconds(options.period)} {}
  explicit IlpDefence(const defence::IlpOptions& options) : options_(options) {}
  [[nodiscard]] bool delays() const override { return true; }
  [[nodiscard]] std::shared_ptr<const defence::Defence> at_intensity(double intensity) const override {
    if (intensity <= 0) return nullptr;  // user packets could not leave
    return std::make_shared<IlpDefence>(options_.at_intensity(intensity));
  }
  [[nodiscard]] std::unique_ptr<defence::Shaper> shaper(const defence::Resources&,
                                                        const defence::Line&) const override {
    return std::make_unique<defence::Ilp>(options_);
  }

 private:
  defence::IlpOptions options_;
};

}  // namespace

IPET_PLUGIN("ilp", "1.0", catalog) {
  using O = PluginOptions;
  catalog.component<defence::Defence, IlpDefence>("ilp")
      .about(
          "Constant-rate link padding: a cell each way in every period, full or not. The ceiling of what "
          "shaping can hide. Delays user data.")
      .option("cell", &O::cell, ipet::minimum(1), ipet::maximum(defence::largest_cell), ipet::unit("bytes"),
              "Payload of a cell.")
      .option("period", &O::period, ipet::minimum(1e-3), ipet::maximum(3600), ipet::unit("s"),
              "Between two cells of a direction.");
}
