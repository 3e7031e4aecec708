// Deep fingerprinting as an attacker (stages/attack/df.hpp).
#include "stages/attack/df.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace attack = ipet::attack;

class DfComponent final : public attack::Attacker {
 public:
  using Options = attack::DfOptions;
  explicit DfComponent(const Options& options) : attacker_(options) {}

  [[nodiscard]] std::string title() const override { return attacker_.title(); }
  [[nodiscard]] const attack::View& view() const override { return attacker_.view(); }
  [[nodiscard]] std::size_t most_rows() const override { return attacker_.most_rows(); }
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(
      const attack::Rows& training, const attack::Rows& validation, std::size_t classes, std::uint64_t seed,
      ipet::fingerprint::Observer& observer) const override {
    return attacker_.train(training, validation, classes, seed, observer);
  }

 private:
  attack::DeepFingerprinting attacker_;
};

}  // namespace

IPET_PLUGIN("df", "1.0", catalog) {
  using O = attack::DfOptions;
  catalog.component<attack::Attacker, DfComponent>("df")
      .about(
          "Deep fingerprinting (Sirinam et al., CCS 2018): names the device behind a sequence of packets "
          "with a deep convolutional network. Trained with Adam, where the paper has Adamax.")
      .option("input", &O::input, ipet::choices({"size", "time", "both"}),
              "What it sees of a packet beside the direction: its size, the gap before it, or both.")
      .option("length", &O::length, ipet::minimum(1), ipet::maximum(100'000), ipet::unit("packets"),
              "Packets of a sequence, at most. Time and memory of a training are proportional to it.")
      .option(
          "minutes", &O::minutes, ipet::minimum(0.01), ipet::maximum(1440), ipet::unit("min"),
          "A sequence ends after so many minutes at the latest: it lies within one stretch of that length, "
          "counted from the begin of the day.")
      .option("max_epochs", &O::max_epochs, ipet::minimum(1),
              "Trains for at most so many passes over the training sequences.")
      .option("patience", &O::patience, ipet::minimum(1), ipet::unit("epochs"),
              "Training stops after so many epochs without a lower validation loss.")
      .option("batch", &O::batch, ipet::minimum(2), ipet::unit("sequences"), "Sequences per gradient step.")
      .option("learning_rate", &O::learning_rate, ipet::minimum(1e-9), ipet::maximum(1),
              "Learning rate of the optimiser Adam (the paper has 0.002 with Adamax).")
      .option("most_rows", &O::most_rows, ipet::unit("sequences"),
              "It is trained on at most so many sequences of each device, chosen at random; 0: on all.")
      .option("title", &O::title, "What tables call it; empty: \"df\", \"df of sizes\" or \"df of times\".");
}
