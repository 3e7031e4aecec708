// What the retraining of the discriminator inherits and how long it is (stages/generator/README.md "Staged
// training", step 2).
#include <gmock/gmock.h>

#include "stages/fingerprint/mlp.hpp"
#include "stages/fingerprint/training.hpp"
#include "stages/generator/checkpoints.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::generator {
namespace {

constexpr std::size_t slots = 6, devices = 2;

struct Recorder : fingerprint::Observer {
  void info(std::string_view text) override { infos.emplace_back(text); }
  std::vector<std::string> infos;
};

/// Remembers how many steps the discriminator's optimiser had taken after each stage.
struct Steps final : TrainingStages {
  std::vector<CompleteStage> load(std::size_t, std::size_t) override { return {}; }
  void save(std::size_t, std::size_t, const CompleteStage& complete) override {
    steps.push_back(complete.optimiser.steps);
  }
  std::vector<std::uint64_t> steps;
};

class Retraining : public testing::Test {
 protected:
  Retraining() {
    fingerprint::TrainingOptions first;
    first.epochs = 1;
    Recorder ignored;
    model =
        fingerprint::train(std::make_shared<const fingerprint::MlpFactory>(fingerprint::MlpOptions{}),
                           windows, toy::windows(devices, 5, slots, 2), toy::names(devices), first, ignored);
    model.model = "mlp";
    model.omega = 0.1;
    options.training_stages = 2;
    options.generator_epochs = {1};
    options.discriminator_epochs = {2};
    options.generator_min_steps = options.discriminator_min_steps = 0;
    options.replay = false;
  }
  /// Parameters of the discriminator after the last stage.
  std::vector<float> retrained() {
    recorder.infos.clear();
    const GeneratorSet set = train_generators(model, windows, options, recorder, &stages);
    std::vector<float> all;
    for (const fingerprint::NamedArray& array : set.chains[0].generations.back().discriminator)
      all.insert(all.end(), array.values.begin(), array.values.end());
    return all;
  }

  const fingerprint::LabelledWindows windows = toy::windows(devices, 37, slots, 1);  // 74 in all
  fingerprint::TrainedModel model;
  GeneratorOptions options;
  Recorder recorder;
  Steps stages;
};

TEST_F(Retraining, HasAStepForEachBatchOfEachEpochAndTheLastBatchMayBeSmaller) {
  options.discriminator_batch = 32;
  retrained();
  // 74 = 32 + 32 + 10: three steps a pass, two passes a stage.
  EXPECT_THAT(stages.steps, testing::ElementsAre(6, 12));
  stages.steps.clear();
  options.discriminator_batch = 128;
  retrained();
  EXPECT_THAT(stages.steps, testing::ElementsAre(2, 4));
}

TEST_F(Retraining, GoesOnWithTheLearningRateThatTrainingHadReachedWhereToldSo) {
  // Twelve epochs without improvement behind the first one lower the rate twice (5 epochs, then 2 of cooldown
  // and 5), and the fourteenth is the best one.
  model.history.clear();
  for (std::uint32_t epoch = 1; epoch <= 14; ++epoch)
    model.history.push_back({epoch, 0, 0, 0, epoch == 14 ? 0.5 : 1.0, 0});
  model.best_epoch = 14;
  model.learning_rate = 1e-3;
  options.carry_learning_rate = true;
  options.discriminator_learning_rate = 0.5;  // does not count
  const std::vector<float> carried = retrained();
  EXPECT_THAT(recorder.infos,
              testing::ElementsAre(
                  "the discriminator goes on with the learning rate that its training had reached: 0.00049"));
  options.carry_learning_rate = false;
  options.discriminator_learning_rate = 1e-3 * 0.7 * 0.7;
  EXPECT_EQ(retrained(), carried);
  EXPECT_TRUE(recorder.infos.empty());
  options.discriminator_learning_rate = 1e-3;
  EXPECT_NE(retrained(), carried);
}

}  // namespace
}  // namespace ipet::generator
