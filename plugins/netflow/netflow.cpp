// Keep-alive padding as a component (stages/padding/netflow.hpp).
#include "stages/padding/netflow.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"
#include "stages/defence/none.hpp"

namespace {

namespace defence = ipet::defence;

class NetflowDefence final : public defence::Defence {
 public:
  using Options = defence::NetflowOptions;
  explicit NetflowDefence(const Options& options) : options_(options) {}
  [[nodiscard]] std::shared_ptr<const defence::Defence> at_intensity(double intensity) const override {
    if (intensity <= 0) return std::make_shared<defence::None>();
    return std::make_shared<NetflowDefence>(options_.at_intensity(intensity));
  }
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                 const defence::Line& line) const override {
    return std::make_unique<defence::Netflow>(options_, line.key(resources, "netflow"));
  }

 private:
  Options options_;
};

}  // namespace

IPET_PLUGIN("netflow", "1.0", catalog) {
  using O = defence::NetflowOptions;
  catalog.component<defence::Defence, NetflowDefence>("netflow")
      .about(
          "Keep-alive padding as Tor has it: a dummy in each direction that has been silent for a random "
          "time. Does not delay user data.")
      .option("shortest", &O::shortest, ipet::minimum(1e-3), ipet::maximum(86400), ipet::unit("s"),
              "Shortest silence before a dummy.")
      .option("longest", &O::longest, ipet::minimum(1e-3), ipet::maximum(86400), ipet::unit("s"),
              "Longest silence before a dummy.")
      .option("size", &O::size, ipet::minimum(1), ipet::maximum(defence::largest_cell), ipet::unit("bytes"),
              "Payload of a dummy.")
      .check([](const O& o, const ipet::OptionPlaces& at) {
        if (o.longest < o.shortest) at.problem("longest", "'longest' must not be below 'shortest'");
      });
}
