// Stage `predictor`: perturbations from trained generators (ipet.md section 5).
#include <stdexcept>

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/perturbations.hpp"

namespace {

using ipet::defence::Perturbations;
using ipet::generator::GeneratorSet;

struct PredictorOptions {
  std::uint64_t num_samples = 20000;
  bool ensemble = true;
  std::uint32_t chain = 0, generation = 0;
};

class Predictor {
 public:
  using Options = PredictorOptions;
  Predictor(const Options& options, ipet::StageContext& context) : options_(options), context_(context) {}

  void run(ipet::Emitter& emit) {
    Perturbations perturbations;
    perturbations.generators = context_.whole<GeneratorSet>("generators");
    perturbations.seed = context_.seed();
    perturbations.num_samples = options_.num_samples;
    perturbations.ensemble = options_.ensemble;
    perturbations.chain = options_.chain;
    perturbations.generation = options_.generation;
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
      .whole<GeneratorSet>("generators", "what generator_training gives")
      .output<Perturbations>("perturbations")
      .option("num_samples", &PredictorOptions::num_samples, ipet::minimum(0),
              "Perturbations per device that a writer stores.")
      .option(
          "ensemble", &PredictorOptions::ensemble,
          "Draw a random chain and generation for every perturbation; false: use `chain` and `generation`.")
      .option("chain", &PredictorOptions::chain, ipet::minimum(0), "Chain to draw from, without `ensemble`.")
      .option("generation", &PredictorOptions::generation, ipet::minimum(0),
              "Generation to draw from, without `ensemble`.");
}
