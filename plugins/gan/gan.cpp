// Generators trained against a discriminator as a component (stages/gan/gan_imitator.hpp).
#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/periods.hpp"
#include "stages/gan/gan_imitator.hpp"

namespace {

namespace gan = ipet::gan;

struct GanOptions {
  std::uint32_t epochs = 16, stages = 3, stretch = 32;
  double event_gap = 1;

  [[nodiscard]] gan::Options training() const {
    gan::Options made;
    made.epochs = epochs;
    made.stages = stages;
    made.stretch = stretch;
    made.event_gap = ipet::defence::to_nanoseconds(event_gap);
    return made;
  }
};

class Gan final : public ipet::defence::Imitator {
 public:
  using Options = GanOptions;
  explicit Gan(const Options& options) : imitator_(options.training()) {}
  [[nodiscard]] std::unique_ptr<ipet::defence::Voice> imitate(
      const ipet::defence::Pool& pool, const ipet::defence::Imitation& imitation) const override {
    return imitator_.imitate(pool, imitation);
  }

 private:
  gan::GanImitator imitator_;
};

}  // namespace

IPET_PLUGIN("gan", "1.0", catalog) {
  using O = GanOptions;
  catalog.component<ipet::defence::Imitator, Gan>("gan")
      .about(
          "Imitates a device by a generator of packets that was trained, in stages, against a discriminator "
          "of recorded against imitated lines.")
      .option("epochs", &O::epochs, ipet::minimum(1), ipet::maximum(1000),
              "Passes over the recordings in which generators learn what is likely, before the discriminator "
              "comes in.")
      .option("stages", &O::stages, ipet::minimum(0), ipet::maximum(20),
              "Number of generations that are trained against the discriminator, each from the one before; "
              "0: none.")
      .option("stretch", &O::stretch, ipet::minimum(4), ipet::maximum(1000), ipet::unit("packets"),
              "Number of packets in a row that the discriminator judges at once.")
      .option("event_gap", &O::event_gap, ipet::minimum(1e-3), ipet::maximum(86400), ipet::unit("s"),
              "Length of the silence that separates two events of a device.");
}
