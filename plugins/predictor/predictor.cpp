// Stage `predictor`: perturbations from trained generators (stages/generator/README.md "Prediction").
#include <algorithm>
#include <stdexcept>

#include "pipeline/sdk/hint.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "stages/generator/perturbations.hpp"

namespace {

using ipet::defence::Perturbations;

struct PredictorOptions : Perturbations {
  PredictorOptions() { num_samples = 20000; }
};

/// Called before check(), which knows no nearest names.
void check_device(const Perturbations& perturbations) {
  const std::vector<std::string> names = perturbations.devices();
  if (perturbations.device.empty() || std::ranges::find(names, perturbations.device) != names.end()) return;
  throw std::invalid_argument("no generator for device '" + perturbations.device + "': " +
                              ipet::misspelt_hint(perturbations.device, names, "there are generators for: "));
}

class Predictor {
 public:
  using Options = PredictorOptions;
  Predictor(const Options& options, ipet::StageContext& context) : options_(options), context_(context) {}

  void run(ipet::Emitter& emit) {
    Perturbations perturbations = options_;
    perturbations.generators = context_.whole<ipet::generator::GeneratorSet>("generators");
    perturbations.seed = context_.seed();
    check_device(perturbations);
    perturbations.check();
    emit(std::move(perturbations));
  }

 private:
  Options options_;
  ipet::StageContext& context_;
};

}  // namespace

IPET_PLUGIN("predictor", "1.0", catalog) {
  catalog.task<Predictor>("predictor")
      .about(
          "Draws perturbations from trained generators: samples to store, and one per window for the mixer.")
      .whole<ipet::generator::GeneratorSet>("generators", "what generator_training gives")
      .output<Perturbations>("perturbations")
      .option("num_samples", &PredictorOptions::num_samples, ipet::minimum(0), ipet::maximum(1e9),
              "Perturbations per device that a writer stores.")
      .option("device", &PredictorOptions::device,
              "The only device to perturb and to store; empty: all that have generators.")
      .option("ensemble", &PredictorOptions::ensemble,
              "Draw a random chain and generation for every perturbation, as far as `chain` and `generation` "
              "leave them open; false: what they leave open is 0.")
      .option("chain", &PredictorOptions::chain, ipet::minimum(-1), "Draw from this chain only; -1: open.")
      .option("generation", &PredictorOptions::generation, ipet::minimum(-1),
              "Draw from this generation only; -1: open.");
}
