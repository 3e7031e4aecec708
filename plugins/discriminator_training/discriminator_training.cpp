// Trains a fingerprinting model on windows or aggregates (stages/fingerprint/README.md). Knows no
// architecture: the model is a component.
#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/context_observer.hpp"
#include "stages/dataset/folds.hpp"
#include "stages/dataset/split.hpp"
#include "stages/fingerprint/row_source.hpp"

namespace {

using namespace ipet;

struct DiscriminatorOptions {
  Component<fingerprint::ModelFactory> model{"lstm", {}, {}};
  fingerprint::DiscriminatorTrainingOptions training;
  fingerprint::SplitOptions split;
  std::int64_t split_seed = no_split_seed;
  std::uint64_t max_windows_per_device = 0;
};

class DiscriminatorTraining {
 public:
  using Options = DiscriminatorOptions;
  DiscriminatorTraining(const Options& options, StageContext& context)
      : options_(options), context_(context) {}

  void run(Emitter& emit) {
    const auto windows = context_.whole<windows::WindowSet>("windows");
    const auto aggregates = context_.whole<windows::AggregateSet>("aggregates");
    const bool on_aggregates = options_.model.value->input() == fingerprint::ModelInput::aggregates;
    if (on_aggregates && aggregates == nullptr)
      throw std::runtime_error("model '" + options_.model.name +
                               "' looks at aggregates: connect the input 'aggregates' to a stage of plugin "
                               "'aggregation'");
    if (!on_aggregates && windows == nullptr)
      throw std::runtime_error("model '" + options_.model.name +
                               "' looks at windows: connect the input 'windows' to a stage of plugin "
                               "'windowing'");
    emit(on_aggregates ? train(*aggregates) : train(*windows));
  }

 private:
  [[nodiscard]] fingerprint::TrainedModel train(const fingerprint::RowSource& source) {
    const windows::RowSet& rows = source.labels();
    const std::string noun = rows.noun();
    const std::vector<std::string> classes = fingerprint::classes_of(rows);
    if (classes.empty())
      throw std::runtime_error("there are no " + noun + ": no device sent a packet that counts");
    const std::vector<std::string> silent = fingerprint::devices_without_windows(rows);
    if (!silent.empty())
      context_.warn("devices without " + noun + ", left out: " + fingerprint::join(silent));

    const fingerprint::Split split = fingerprint::decide_split(rows, split_options());
    context_.info("split by " + std::string(text::word_of(fingerprint::split_modes, split.record.mode)) +
                  (split.record.folds == 0 ? ""
                                           : ", fold " + std::to_string(split.record.fold) + " of 0 to " +
                                                 std::to_string(split.record.folds - 1)));
    for (const std::string& warning : split.warnings) context_.warn(warning);
    std::vector<std::string> limited;
    const std::vector<std::size_t> chosen =
        fingerprint::subsample(rows, options_.max_windows_per_device, split.record.seed, limited);
    if (!limited.empty())
      context_.warn("max_windows_per_device leaves out " + noun + " of: " + fingerprint::join(limited));

    const auto part = [&](fingerprint::Part which) {
      std::size_t unknown = 0;
      return source.gather(fingerprint::select(split.record, rows, chosen, which), classes, unknown);
    };
    ContextObserver observer(context_);
    fingerprint::TrainedModel model =
        fingerprint::train(options_.model.value, part(fingerprint::Part::training),
                           part(fingerprint::Part::validation), classes, training(), observer);
    model.model = options_.model.name;
    model.options = options_.model.options;
    model.omega = source.omega();
    model.test_windows = fingerprint::select(split.record, rows, chosen, fingerprint::Part::test).size();
    model.split = split.record;
    model.split_rows = std::make_shared<const fingerprint::SplitRows>(
        fingerprint::split_rows(split.record, rows, chosen, classes));
    return model;
  }
  [[nodiscard]] fingerprint::SplitOptions split_options() const {
    fingerprint::SplitOptions options = options_.split;
    options.seed = split_seed(options_.split_seed, context_.seed());
    return options;
  }
  [[nodiscard]] fingerprint::DiscriminatorTrainingOptions training() const {
    fingerprint::DiscriminatorTrainingOptions options = options_.training;
    options.seed = stage_seed(context_);
    options.model = options_.model.name;
    return options;
  }

  Options options_;
  StageContext& context_;
};

}  // namespace

IPET_PLUGIN("discriminator_training", "1.0", catalog) {
  using O = DiscriminatorOptions;
  using T = fingerprint::DiscriminatorTrainingOptions;
  using S = fingerprint::SplitOptions;
  catalog.task<DiscriminatorTraining>("discriminator_training")
      .about("Trains a fingerprinting model to tell devices apart by their windows or aggregates.")
      .whole<windows::WindowSet>("windows", "undefended windows of all devices; for networks")
      .optional()
      .whole<windows::AggregateSet>("aggregates", "undefended aggregates of all devices; for the forest")
      .optional()
      .output<fingerprint::TrainedModel>("discriminator", "the best epoch")
      .option("model", &O::model,
              "Fingerprinting model: a component, with options of its own. A forest uses none of max_epochs, "
              "batch, patience, learning_rate and normalisation.")
      .option("max_epochs", within(&O::training, &T::epochs), minimum(1),
              "Passes over the training windows, at most.")
      .option("batch", within(&O::training, &T::batch), minimum(1), unit("windows"),
              "Windows per gradient step.")
      .option("patience", within(&O::training, &T::patience), minimum(1), unit("epochs"),
              "Stops after so many epochs without a lower validation loss.")
      .option("learning_rate", within(&O::training, &T::learning_rate), minimum(0),
              "Of the first epochs; 0.7 times that after each 5 epochs without a lower validation loss.")
      .option("normalisation", within(&O::training, &T::normalisation), choices(fingerprint::normalisations),
              "First layer: log(1 + x), standardised on the training part; or raw features as published.")
      .option(
          "precision", within(&O::training, &T::precision), choices(fingerprint::precisions),
          "float64, for comparison: the same network from the same initial values in double precision, many "
          "times slower. Stored models are float32 either way.")
      .option(
          "split", within(&O::split, &S::mode), choices(fingerprint::split_modes),
          "What is held back for validation and testing: whole captures, whole days, single minutes "
          "(random), or single windows (shuffled, as published: neighbours of test windows are trained on, "
          "so the scores are too good). auto: captures or else days, if the median device has three, else "
          "minutes. leave_one_day_out: day `fold`.")
      .option("folds", within(&O::split, &S::folds), minimum(0), maximum(1'000'000),
              "Cross-validation: what `split` keeps whole is dealt out to so many folds, of which `fold` is "
              "for testing; a sweep over `fold` tests everything once. test_fraction does not count then. 0: "
              "a single split.")
      .option("fold", within(&O::split, &S::fold), minimum(0), "Which fold is for testing, counted from 0.")
      .option("split_seed", &O::split_seed, minimum(no_split_seed),
              "Seed of what is drawn for training, validation and testing, apart from the seed of the run, "
              "so that a sweep over seeds tests on the same windows. -1: the seed of the run.")
      .option("validation_fraction", within(&O::split, &S::validation_fraction), minimum(0), maximum(0.9),
              "Share of captures, days or windows that chooses the best epoch.")
      .option("test_fraction", within(&O::split, &S::test_fraction), minimum(0), maximum(0.9),
              "Share of captures, days or windows that is never trained on.")
      .option(
          "validate_on_test", within(&O::split, &S::validate_on_test),
          "The test part doubles as validation part, as published; validation_fraction does not count then.")
      .option("day_offset_hours", within(&O::split, &S::day_offset_hours), minimum(-24), maximum(24),
              unit("h"), "When a day begins, after midnight UTC; for the split by day.")
      .option(
          "least_days", within(&O::split, &S::least_days), minimum(0), maximum(1000), unit("days"),
          "Of a split by day: captures of fewer days are an error, before anything is trained, and of a "
          "split by capture nothing to test on; a comparison needs its warm_up_days and two more days. 0: "
          "what is too little to hold any back is trained on.")
      .option("max_windows_per_device", &O::max_windows_per_device, minimum(0), unit("windows"),
              "Random choice of so many windows of each device; 0: all.")
      .option(
          "shuffle_buffer", within(&O::training, &T::shuffle_buffer), minimum(1), maximum(4e9),
          unit("windows"),
          "Windows among which the next one is drawn, and of windows stored in a file (hdf5_reader) as many "
          "as are in memory. Larger sets enter it in shuffled blocks of a 64th of it (256 to 4096 windows); "
          "smaller sets are shuffled as a whole.")
      .check([](const O& o, const OptionPlaces& at) {
        if (const auto [option, reason] = fingerprint::fault(o.split); !reason.empty())
          at.problem(option, reason);
      });
}
