// Trains perturbation generators in stages (ipet.md section 4) on the discriminator's training part.
#include <algorithm>

#include "pipeline/sdk/plugin.hpp"
#include "plugins/discriminator_training/context_observer.hpp"
#include "stages/fingerprint/row_source.hpp"
#include "stages/fingerprint/split.hpp"
#include "stages/generator/checkpoints.hpp"
#include "stages/generator/training.hpp"
#include "stages/storage/checkpoint_folder.hpp"

namespace {

using namespace ipet;

struct GeneratorTrainingOptions : generator::GeneratorOptions {
  std::uint64_t max_windows_per_device = 0;
  std::int64_t split_seed = no_split_seed;
  bool resume = true;
};

/// Options of the training itself, as members of the stage's options.
template <class M>
constexpr auto of(M generator::GeneratorOptions::*member) {
  return static_cast<M GeneratorTrainingOptions::*>(member);
}

/// The code that a training stage depends on: the libraries of this plugin and of the model. Those of all
/// plugins where none has the model's name.
std::vector<std::string> programme(const RunRecord& run, const std::string& model) {
  const bool known = std::ranges::find(run.plugins, model, &PluginRecord::name) != run.plugins.end();
  std::vector<std::string> texts = {run.version};
  for (const PluginRecord& plugin : run.plugins) {
    if (known && plugin.name != model && plugin.name != "generator_training") continue;
    texts.insert(texts.end(), {plugin.name, plugin.version, plugin.checksum});
  }
  return texts;
}

class GeneratorTraining {
 public:
  using Options = GeneratorTrainingOptions;
  GeneratorTraining(const Options& options, StageContext& context) : options_(options), context_(context) {}

  void run(Emitter& emit) {
    const auto windows = context_.whole<windows::WindowSet>("windows");
    const auto discriminator = context_.whole<fingerprint::TrainedModel>("discriminator");
    if (discriminator->factory->input() == fingerprint::ModelInput::windows)
      fingerprint::RowSource(*windows).check(*discriminator, "training");
    std::vector<std::string> limited;
    std::vector<std::size_t> chosen =
        fingerprint::subsample(*windows, options_.max_windows_per_device,
                               split_seed(options_.split_seed, discriminator->split.seed), limited);
    if (!limited.empty())
      context_.warn("max_windows_per_device leaves out windows of: " + fingerprint::join(limited));
    chosen = fingerprint::select(discriminator->split, *windows, chosen, fingerprint::Part::training);
    std::size_t unknown = 0;
    const fingerprint::LabelledWindows training =
        fingerprint::gather(*windows, chosen, discriminator->classes, unknown);
    if (unknown > 0)
      context_.warn(std::to_string(unknown) +
                    " windows belong to devices that the discriminator does not know; they are left out");
    generator::GeneratorOptions options = options_;
    options.seed = stage_seed(context_);
    ContextObserver observer(context_);
    const auto checkpoints = open_checkpoints(*discriminator, training, options, observer);
    emit(generator::train_generators(*discriminator, training, options, observer, checkpoints.get()));
  }

 private:
  /// They stay after a run: should a later stage fail, or the next run want more chains, nothing is trained
  /// twice.
  std::unique_ptr<generator::TrainingStages> open_checkpoints(const fingerprint::TrainedModel& discriminator,
                                                              const fingerprint::LabelledWindows& training,
                                                              const generator::GeneratorOptions& options,
                                                              fingerprint::Observer& observer) {
    if (!options_.resume) return nullptr;
    const std::string key = generator::training_key(discriminator, training, options,
                                                    programme(context_.run(), discriminator.model));
    return std::make_unique<storage::CheckpointFolder>(
        context_.output_folder() / "checkpoints" / context_.stage(), key, context_.fresh(), observer);
  }

  Options options_;
  StageContext& context_;
};

}  // namespace

IPET_PLUGIN("generator_training", "1.0", catalog) {
  using O = GeneratorTrainingOptions;
  using G = generator::GeneratorOptions;
  catalog.task<GeneratorTraining>("generator_training")
      .about(
          "Trains a perturbation generator per device, in stages, each against the discriminator that has "
          "learned from the stage before.")
      .whole<windows::WindowSet>("windows", "undefended windows of all devices")
      .whole<fingerprint::TrainedModel>("discriminator", "the first discriminator")
      .output<generator::GeneratorSet>("generators", "of all chains and generations")
      .option("training_stages", of(&G::training_stages), minimum(1), maximum(900), "Generations per chain.")
      .option("chains", of(&G::chains), minimum(1), "Independent repetitions with other seeds.")
      .option("max_packets_per_omega", of(&G::max_packets_per_omega), minimum(0), maximum(65535),
              unit("packets"), "Dummies per slot and direction, at most.")
      .option("max_payload_per_omega", of(&G::max_payload_per_omega), minimum(0), maximum(65535),
              unit("bytes"), "Payload of the dummies per slot and direction, at most.")
      .option("generator_epochs", of(&G::generator_epochs), minimum(0),
              "Passes over a device's windows, per stage; the last entry repeats.")
      .option("discriminator_epochs", of(&G::discriminator_epochs), minimum(0), maximum(999),
              "Passes of the discriminator over the perturbed windows, per stage; the last entry repeats.")
      .option("generator_batch", of(&G::generator_batch), minimum(1), unit("windows"),
              "Windows per step of a generator.")
      .option("discriminator_batch", of(&G::discriminator_batch), minimum(1), unit("windows"),
              "Windows per step of the discriminator.")
      .option(
          "generator_min_steps", of(&G::generator_min_steps), minimum(0), maximum(1e6), unit("steps"),
          "Where a device's windows are few, passes are repeated until there are so many steps per stage; "
          "0: the epochs alone decide, as published.")
      .option("discriminator_min_steps", of(&G::discriminator_min_steps), minimum(0), maximum(999),
              unit("steps"), "The same for the discriminator.")
      .option("latents", of(&G::latents), choices({"every_pass", "once"}),
              "The noise that a window's perturbation is made of: drawn anew for every pass, or once, as "
              "published: then a device of few windows trains on little noise.")
      .option("generator_learning_rate", of(&G::generator_learning_rate), minimum(0),
              "Of Nadam; published: 0.001.")
      .option("discriminator_learning_rate", of(&G::discriminator_learning_rate), minimum(0), "Of Adam.")
      .option("generators", of(&G::generators), choices({"fresh", "carry"}),
              "Each stage starts with new generators, or goes on with those before it.")
      .option("rounding", of(&G::rounding), choices({"straight_through", "none"}),
              "Whether the generator sees the whole numbers that are sent, or real ones.")
      .option("rows", of(&G::rows), choices({"feasible", "free"}),
              "Feasible: no packets without bytes, no bytes without packets, none below minimum_size.")
      .option("minimum_size", of(&G::minimum_size), minimum(0), maximum(65535), unit("bytes"),
              "Payload of the smallest dummy in feasible rows.")
      .option("replay", of(&G::replay),
              "The discriminator also sees clean windows and all earlier generations, not the newest alone.")
      .option("max_windows_per_device", &O::max_windows_per_device, minimum(0), unit("windows"),
              "Random choice of so many windows of each device; 0: all.")
      .option("split_seed", &O::split_seed, minimum(no_split_seed),
              "Seed of that choice; -1: that of the discriminator's split, so that the same are chosen.")
      .option("resume", &O::resume,
              "Keeps each complete stage in checkpoints/ of the output folder; a killed run, or one that "
              "wants more stages or chains, goes on there. `ipet run --fresh` trains anew.");
}
