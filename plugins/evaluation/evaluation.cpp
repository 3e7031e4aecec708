// Attacks clean and defended traffic, and prints what the attackers achieve.
#include "stages/evaluation/evaluation.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/wrapping.hpp"
#include "plugins/shared/context_observer.hpp"
#include "plugins/shared/sweep_point.hpp"
#include "plugins/shared/tell_rows.hpp"

namespace {

using namespace ipet;

struct EvaluationStageOptions : evaluation::EvaluationOptions {
  std::int64_t given_split_seed = no_split_seed;
};

class Evaluation {
 public:
  using Options = EvaluationStageOptions;
  Evaluation(const Options& options, StageContext& context) : options_(options), context_(context) {}

  void run(Emitter& emit) {
    const auto discriminator = context_.whole<fingerprint::TrainedModel>("discriminator");
    if (discriminator->factory->input() == fingerprint::ModelInput::aggregates)
      run<windows::AggregateSet>(*discriminator, "aggregates", "defended_aggregates", emit);
    else
      run<windows::WindowSet>(*discriminator, "windows", "defended", emit);
  }

 private:
  template <class Set>
  void run(const fingerprint::TrainedModel& discriminator, const std::string& clean_port,
           const std::string& defended_port, Emitter& emit) {
    const auto clean = context_.whole<Set>(clean_port);
    const auto defended = context_.whole<Set>(defended_port);
    const auto overhead = context_.whole<defence::Overhead>("overhead");
    if (clean == nullptr)
      throw std::runtime_error("model '" + discriminator.model + "' looks at " + Set().noun() +
                               ": connect the input '" + clean_port + "'");
    if ((defended == nullptr) != (overhead == nullptr))
      context_.warn("inputs '" + defended_port +
                    "' and 'overhead' belong together; only one of them is connected");
    std::optional<fingerprint::RowSource> defended_rows;
    if (defended != nullptr) defended_rows.emplace(*defended);
    evaluation::EvaluationOptions options = options_;
    options.training.seed = stage_seed(context_);
    options.split_seed = split_seed(options_.given_split_seed, discriminator.split.seed);
    ContextObserver observer(context_);
    evaluation::EvaluationReport report =
        evaluation::evaluate(*clean, discriminator, defended_rows, overhead.get(), options, observer);
    report.point = sweep_point(context_.run().definition);
    std::string text = evaluation::table(report);
    const std::vector<std::string> silent = fingerprint::devices_without_windows(*clean);
    if (!silent.empty())
      text += std::string("  devices without any ") + clean->noun() + ": " + text::named(silent, 12) + "\n";
    context_.print_at_end(std::move(text));
    tell_rows(context_, report, split_text(discriminator.split));
    emit(std::move(report));
  }

  Options options_;
  StageContext& context_;
};

}  // namespace

IPET_PLUGIN("evaluation", "1.0", catalog) {
  using O = EvaluationStageOptions;
  using T = fingerprint::DiscriminatorTrainingOptions;
  catalog.task<Evaluation>("evaluation")
      .about(
          "Scores the discriminator on clean and defended test windows or aggregates, and one that was "
          "retrained on defended ones.")
      .whole<windows::WindowSet>("windows", "undefended windows; for discriminators that look at windows")
      .optional()
      .whole<windows::AggregateSet>("aggregates", "undefended aggregates; for those that look at aggregates")
      .optional()
      .whole<fingerprint::TrainedModel>("discriminator", "trained on undefended windows; its split is used")
      .whole<windows::WindowSet>("defended", "windows of the same captures after mixing")
      .optional()
      .whole<windows::AggregateSet>("defended_aggregates", "aggregates of the same captures after mixing")
      .optional()
      .whole<defence::Overhead>("overhead", "what the cover traffic costs")
      .optional()
      .output<evaluation::EvaluationReport>("report", "one score per defence and attacker")
      .check([](const O& o, const OptionPlaces& at) {
        if (o.defence_name == "none")
          at.problem("defence_name", "'none' stands for undefended traffic, which the report scores as well");
      })
      .option("defence_name", &O::defence_name, "Name of the defence in the report.")
      .option("max_epochs", within(&O::training, &T::epochs), minimum(1),
              "Of the retrained attacker, at most.")
      .option("patience", within(&O::training, &T::patience), minimum(1), unit("epochs"),
              "The retrained attacker stops after so many epochs without a lower validation loss.")
      .option("max_windows_per_device", &O::max_windows_per_device, minimum(0), unit("windows"),
              "Random choice of so many windows of each device; 0: all.")
      .option("split_seed", &O::given_split_seed, minimum(no_split_seed),
              "Seed of that choice; -1: that of the discriminator's split, so that the same are chosen.")
      .option("predictions", &O::predictions, choices(evaluation::keeps),
              "What the report keeps of each answer beside the scores: the named device, with the "
              "probabilities of all devices; auto: without them where they would be more than 33 million.")
      .option("shuffle_buffer", within(&O::training, &T::shuffle_buffer), minimum(1), maximum(4e9),
              unit("windows"), "Of the retrained attacker, as discriminator_training has it.");
}
