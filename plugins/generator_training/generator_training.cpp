// Trains perturbation generators in stages (stages/generator/README.md) on the discriminator's training part,
// or, as published, on all windows.
#include "stages/generator_training/generator_training.hpp"

#include <algorithm>

#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/context_observer.hpp"
#include "stages/dataset/split.hpp"
#include "stages/fingerprint/row_source.hpp"
#include "stages/generator/checkpoints.hpp"
#include "stages/storage/checkpoint_folder.hpp"

namespace {

using namespace ipet;

/// What generators and discriminator learn from.
enum class Taught { training, all };

struct GeneratorTrainingOptions : generator::GeneratorTrainingOptions {
  Taught part = Taught::training;
  std::uint64_t max_windows_per_device = 0;
  std::int64_t split_seed = no_split_seed;
  bool resume = true;
};

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

/// Checkpoints that tell where a run that is stopped will go on.
class ToldCheckpoints final : public generator::TrainingStages {
 public:
  ToldCheckpoints(std::unique_ptr<storage::CheckpointFolder> folder,
                  const generator::GeneratorTrainingOptions& options, StageContext& context)
      : folder_(std::move(folder)),
        wanted_(options.training_stages),
        complete_(options.chains),
        context_(context) {}

  std::vector<generator::CompleteStage> load(std::size_t chain, std::size_t limit) override {
    std::vector<generator::CompleteStage> loaded = folder_->load(chain, limit);
    complete(chain, loaded.size());
    return loaded;
  }
  void save(std::size_t chain, std::size_t stage, const generator::CompleteStage& value) override {
    folder_->save(chain, stage, value);
    if (folder_->keeps()) complete(chain, stage + 1);
  }

 private:
  void complete(std::size_t chain, std::size_t stages) {
    const std::lock_guard lock(mutex_);
    complete_.at(chain) = stages;
    context_.resume_point(text());
  }
  /// "the training goes on from stage 2 of 5"
  [[nodiscard]] std::string text() const {
    const std::string of = " of " + std::to_string(wanted_);
    if (std::ranges::all_of(complete_, [](std::size_t stages) { return stages == 0; })) return {};
    if (std::ranges::all_of(complete_, [this](std::size_t stages) { return stages >= wanted_; }))
      return "all " + std::to_string(wanted_) + " stages of its training are kept";
    std::string from;
    for (std::size_t chain = 0; chain < complete_.size(); ++chain) {
      if (complete_[chain] >= wanted_) continue;
      from += (from.empty() ? "" : ", ") + std::string("stage ") + std::to_string(complete_[chain] + 1) + of;
      if (complete_.size() > 1) from += " in chain " + std::to_string(chain);
    }
    return "the training goes on from " + from;
  }

  std::unique_ptr<storage::CheckpointFolder> folder_;
  std::size_t wanted_;
  std::mutex mutex_;
  std::vector<std::size_t> complete_;  ///< stages, by chain
  StageContext& context_;
};

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
    if (options_.part == Taught::training)
      chosen = fingerprint::select(discriminator->split, *windows, chosen, fingerprint::Part::training);
    std::size_t unknown = 0;
    const fingerprint::LabelledWindows training =
        fingerprint::gather(*windows, chosen, discriminator->classes, unknown);
    if (unknown > 0)
      context_.warn(std::to_string(unknown) +
                    " windows belong to devices that the discriminator does not know; they are left out");
    generator::GeneratorTrainingOptions options = options_;
    options.seed = stage_seed(context_);
    ContextObserver observer(context_);
    const auto checkpoints = open_checkpoints(*discriminator, training, options, observer);
    emit(generator::train_generators(*discriminator, training, options, observer, checkpoints.get()));
  }

 private:
  /// They stay after a run: should a later stage fail, or the next run want more chains, nothing is trained
  /// twice.
  std::unique_ptr<generator::TrainingStages> open_checkpoints(
      const fingerprint::TrainedModel& discriminator, const fingerprint::LabelledWindows& training,
      const generator::GeneratorTrainingOptions& options, fingerprint::Observer& observer) {
    if (!options_.resume) return nullptr;
    const std::string key = generator::training_key(discriminator, training, options,
                                                    programme(context_.run(), discriminator.model));
    auto folder = std::make_unique<storage::CheckpointFolder>(
        context_.output_folder() / "checkpoints" / context_.stage(), key, context_.fresh(), observer);
    return std::make_unique<ToldCheckpoints>(std::move(folder), options, context_);
  }

  Options options_;
  StageContext& context_;
};

}  // namespace

IPET_PLUGIN("generator_training", "1.0", catalog) {
  using O = GeneratorTrainingOptions;
  catalog.task<GeneratorTraining>("generator_training")
      .about(
          "Trains a perturbation generator per device, in stages, each against the discriminator that has "
          "learned from the stage before.")
      .whole<windows::WindowSet>("windows", "undefended windows of all devices")
      .whole<fingerprint::TrainedModel>("discriminator", "the first discriminator")
      .output<generator::GeneratorSet>("generators", "of all chains and generations")
      .option("training_stages", &O::training_stages, minimum(1), maximum(900), "Generations per chain.")
      .option("chains", &O::chains, minimum(1), "Independent repetitions with other seeds.")
      .option("max_packets_per_omega", &O::max_packets_per_omega, minimum(0), maximum(65535), unit("packets"),
              "Dummies per slot and direction, at most.")
      .option("max_payload_per_omega", &O::max_payload_per_omega, minimum(0), maximum(65535), unit("bytes"),
              "Payload of the dummies per slot and direction, at most.")
      .option("generator_epochs", &O::generator_epochs, minimum(0),
              "Passes over a device's windows, per stage; the last entry repeats.")
      .option("discriminator_epochs", &O::discriminator_epochs, minimum(0), maximum(999),
              "Passes of the discriminator over the perturbed windows, per stage; the last entry repeats.")
      .option("generator_batch", &O::generator_batch, minimum(1), unit("windows"),
              "Windows per step of a generator.")
      .option("discriminator_batch", &O::discriminator_batch, minimum(1), unit("windows"),
              "Windows per step of the discriminator; published: 32.")
      .option(
          "generator_min_steps", &O::generator_min_steps, minimum(0), maximum(1e6), unit("steps"),
          "Where a device's windows are few, passes are repeated until there are so many steps per stage; "
          "0: the epochs alone decide, as published.")
      .option("discriminator_min_steps", &O::discriminator_min_steps, minimum(0), maximum(999), unit("steps"),
              "The same for the discriminator.")
      .option("latents", &O::latents, choices(generator::latent_words),
              "The noise that a window's perturbation is made of: drawn anew for every pass, or once, as "
              "published: then a device of few windows trains on little noise.")
      .option("generator_learning_rate", &O::generator_learning_rate, minimum(0),
              "Of Nadam; published: 0.001.")
      .option("discriminator_learning_rate", &O::discriminator_learning_rate, minimum(0), "Of Adam.")
      .option("carry_learning_rate", &O::carry_learning_rate,
              "In place of discriminator_learning_rate, that to which the discriminator's own training had "
              "been reduced at its best epoch, which the published discriminator brings along when it is "
              "loaded.")
      .option("generators", &O::generators, choices(generator::stage_starts),
              "Each stage starts with new generators, or goes on with those before it.")
      .option("rounding", &O::rounding, choices(generator::roundings),
              "Whether the generator sees the whole numbers that are sent, or real ones.")
      .option("rows", &O::rows, choices(generator::row_kinds),
              "Feasible: no packets without bytes, no bytes without packets, none below minimum_size.")
      .option("minimum_size", &O::minimum_size, minimum(0), maximum(65535), unit("bytes"),
              "Payload of the smallest dummy in feasible rows.")
      .option("replay", &O::replay,
              "The discriminator also sees clean windows and all earlier generations, not the newest alone.")
      .option("part", &O::part, choices<Taught>({{"training", Taught::training}, {"all", Taught::all}}),
              "Which windows generators and discriminator learn from: the discriminator's training part, or "
              "all, as published: also those that it is tested on.")
      .option("max_windows_per_device", &O::max_windows_per_device, minimum(0), unit("windows"),
              "Random choice of so many windows of each device; 0: all.")
      .option("split_seed", &O::split_seed, minimum(no_split_seed),
              "Seed of that choice; -1: that of the discriminator's split, so that the same are chosen.")
      .option("resume", &O::resume,
              "Keeps each complete stage in checkpoints/ of the output folder; a killed run, or one that "
              "wants more stages or chains, goes on there. `ipet run --fresh` trains anew.")
      .check([](const O& o, const OptionPlaces& at) {
        if (const auto [option, reason] = o.fault(); !reason.empty()) at.problem(option, reason);
      });
}
