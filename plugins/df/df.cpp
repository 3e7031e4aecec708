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
          "Deep fingerprinting: names the device behind a sequence of packets with a deep convolutional "
          "network.")
      .option("input", &O::input, ipet::choices({"size", "time", "both"}),
              "What it sees of a packet beside the direction: its size, the gap before it, or both.")
      .option("length", &O::length, ipet::minimum(1), ipet::maximum(100'000), ipet::unit("packets"),
              "Of a sequence. Time and memory of a training are proportional to it.")
      .option("minutes", &O::minutes, ipet::minimum(0.01), ipet::maximum(1440), ipet::unit("min"),
              "A sequence is within a bin of so many, counted from the begin of the day.")
      .option("max_epochs", &O::max_epochs, ipet::minimum(1), "Passes over the training sequences, at most.")
      .option("patience", &O::patience, ipet::minimum(1), ipet::unit("epochs"),
              "Stops after so many epochs without a lower validation loss.")
      .option("batch", &O::batch, ipet::minimum(2), ipet::unit("sequences"), "Per gradient step.")
      .option("learning_rate", &O::learning_rate, ipet::minimum(1e-9), ipet::maximum(1), "Of Adam.")
      .option("most_rows", &O::most_rows, ipet::unit("sequences"),
              "Of a device, that it is trained on, at most; 0: all.")
      .option("title", &O::title, "What tables call it; empty: \"df\", \"df of sizes\" or \"df of times\".");
}
