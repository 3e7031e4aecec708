// Attacks windows that each generation of generators has perturbed, and prints what the attackers achieve.
#include "stages/evaluation/generation_evaluation.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/context_observer.hpp"
#include "plugins/shared/sweep_point.hpp"
#include "plugins/shared/tell_rows.hpp"

namespace {

using namespace ipet;

struct GenerationEvaluationOptions : evaluation::GenerationEvaluationOptions {
  std::int64_t given_split_seed = no_split_seed;
};

constexpr const char* legend =
    "  own: the discriminator that a generation was trained against; next: the same after it learned from "
    "it;\n  one generator for all: devices cannot be told apart by their generators.\n";

class GenerationEvaluation {
 public:
  using Options = GenerationEvaluationOptions;
  GenerationEvaluation(const Options& options, StageContext& context)
      : options_(options), context_(context) {}

  void run(Emitter& emit) {
    const auto windows = context_.whole<windows::WindowSet>("windows");
    const auto discriminator = context_.whole<fingerprint::TrainedModel>("discriminator");
    const auto generators = context_.whole<generator::GeneratorSet>("generators");
    ContextObserver observer(context_);
    evaluation::EvaluationReport report = evaluation::evaluate_generations(
        *windows, *discriminator, *generators, given(discriminator->split.seed), observer);
    report.point = sweep_point(context_.run().definition);
    context_.print_at_end(evaluation::table(report) + legend);
    tell_rows(context_, report, split_text(discriminator->split));
    emit(std::move(report));
  }

 private:
  /// `seed`: of the discriminator's split.
  [[nodiscard]] evaluation::GenerationEvaluationOptions given(std::uint64_t seed) const {
    evaluation::GenerationEvaluationOptions options = options_;
    options.training.seed = stage_seed(context_);
    options.seed = context_.seed();
    options.split_seed = split_seed(options_.given_split_seed, seed);
    return options;
  }

  Options options_;
  StageContext& context_;
};

}  // namespace

IPET_PLUGIN("generation_evaluation", "1.0", catalog) {
  using O = GenerationEvaluationOptions;
  using T = fingerprint::DiscriminatorTrainingOptions;
  catalog.task<GenerationEvaluation>("generation_evaluation")
      .about(
          "Scores attackers on windows that the generators of each generation have perturbed: the first "
          "discriminator, those of the staged training, and retrained ones.")
      .whole<windows::WindowSet>("windows", "undefended windows")
      .whole<fingerprint::TrainedModel>("discriminator", "the first discriminator; its split is used")
      .whole<generator::GeneratorSet>("generators", "trained against that discriminator")
      .output<evaluation::EvaluationReport>("report", "one score per generation and attacker")
      .option("defence_name", &O::defence_name, "Begins the name of the defence in the report.")
      .option("chains", &O::chains, minimum(0), "Chains to evaluate; none given: all.")
      .option("generations", &O::generations, minimum(0), "Generations to evaluate; none given: all.")
      .option("retrain", &O::retrain, choices(evaluation::retrains),
              "Generations of each chain that an attacker is trained from scratch for.")
      .option("shared_generator", &O::shared_generator,
              "Also perturb all devices' windows by the generators of one device.")
      .option("max_epochs", within(&O::training, &T::epochs), minimum(1), "Of a retrained attacker, at most.")
      .option("patience", within(&O::training, &T::patience), minimum(1), unit("epochs"),
              "A retrained attacker stops after so many epochs without a lower validation loss.")
      .option("max_windows_per_device", &O::max_windows_per_device, minimum(0), unit("windows"),
              "Random choice of so many windows of each device; 0: all.")
      .option("split_seed", &O::given_split_seed, minimum(no_split_seed),
              "Seed of that choice; -1: that of the discriminator's split, so that the same are chosen.")
      .option("predictions", &O::predictions, choices(evaluation::keeps),
              "What the report keeps of each answer beside the scores: the named device, with the "
              "probabilities of all devices; auto: without them where they would be more than 33 million.");
}
