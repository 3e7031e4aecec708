// Staged training on made-up devices.
#include <set>

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/generator/sampling.hpp"
#include "stages/generator_training/generator_training.hpp"
#include "stages/report/metrics.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::generator {
namespace {

struct Recorder : fingerprint::Observer {
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  void check() override {
    if (stop) throw Stop();
  }
  struct Stop {};
  std::vector<std::string> warnings;
  bool stop = false;
};

constexpr std::size_t slots = 20;

fingerprint::TrainedModel discriminator(std::size_t devices, std::uint32_t epochs,
                                        const fingerprint::LabelledWindows& training) {
  Recorder recorder;
  fingerprint::DiscriminatorTrainingOptions options;
  options.epochs = epochs;
  options.learning_rate = 5e-3;
  fingerprint::TrainedModel model = fingerprint::train(
      std::make_shared<const fingerprint::LstmFactory>(fingerprint::LstmOptions{}), training,
      toy::windows(devices, 20, slots, 2), toy::names(devices), options, recorder);
  model.model = "lstm";
  model.omega = 0.1;
  return model;
}

GeneratorTrainingOptions quick() {
  GeneratorTrainingOptions options;
  options.training_stages = 2;
  options.generator_epochs = {4, 2};
  options.generator_min_steps = options.discriminator_min_steps = 0;
  options.generator_learning_rate = 0.02;
  return options;
}

double macro_f1(const fingerprint::TrainedModel& model, const fingerprint::LabelledWindows& windows) {
  return evaluation::score(windows.label, fingerprint::classify(model, windows), model.classes.size())
      .macro_f1;
}

TEST(GeneratorTraining, EveryGenerationFoolsTheDiscriminatorThatItWasTrainedAgainst) {
  const auto training = toy::windows(3, 150, slots, 1), test = toy::windows(3, 60, slots, 3);
  fingerprint::TrainedModel model = discriminator(3, 25, training);
  const double clean = macro_f1(model, test);
  ASSERT_GT(clean, 0.95);
  Recorder recorder;
  const GeneratorSet set = train_generators(model, training, quick(), recorder);
  ASSERT_EQ(set.chains.size(), 1U);
  ASSERT_EQ(set.chains[0].generations.size(), 2U);
  for (std::size_t g = 0; g < 2; ++g) {
    const double before = macro_f1(model, test), after = macro_f1(model, perturb(test, set, 0, g, 9));
    EXPECT_LT(after, 0.6 * before) << "generation " << g;
    model.parameters = set.chains[0].generations[g].discriminator;
  }
}

TEST(GeneratorTraining, RaisesTheCrossEntropyFromEpochToEpoch) {
  const auto training = toy::windows(3, 100, slots, 1);
  GeneratorTrainingOptions options = quick();
  options.training_stages = 1;
  options.generator_epochs = {6};
  options.max_packets_per_omega = 1;
  options.max_payload_per_omega = 10;  // too little to win at once
  Recorder recorder;
  const GeneratorSet set = train_generators(discriminator(3, 6, training), training, options, recorder);
  for (const Generator& generator : set.chains[0].generations[0].devices)
    EXPECT_GT(generator.last_loss, generator.first_loss);
}

TEST(GeneratorTraining, GivesTheSameBitsForOneAndTwoThreads) {
  const auto training = toy::windows(3, 40, slots, 1);
  const fingerprint::TrainedModel model = discriminator(3, 2, training);
  GeneratorTrainingOptions options = quick();
  options.chains = 2;
  const auto with_threads = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    Recorder recorder;
    return train_generators(model, training, options, recorder);
  };
  const GeneratorSet one = with_threads(1), two = with_threads(2);
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t g = 0; g < 2; ++g) {
      const Generation &a = one.chains[c].generations[g], &b = two.chains[c].generations[g];
      for (std::size_t d = 0; d < 3; ++d) {
        EXPECT_EQ(a.devices[d].weight, b.devices[d].weight);
        EXPECT_EQ(a.devices[d].bias, b.devices[d].bias);
        EXPECT_EQ(a.devices[d].last_loss, b.devices[d].last_loss);
      }
      EXPECT_EQ(a.discriminator.back().values, b.discriminator.back().values);
    }
  }
  EXPECT_NE(one.chains[0].generations[0].devices[0].weight, one.chains[1].generations[0].devices[0].weight);
}

TEST(GeneratorTraining, ReportsAndKeepsUntrainedTheGeneratorOfADeviceWithoutWindows) {
  auto training = toy::windows(2, 40, slots, 1);
  fingerprint::TrainedModel model = discriminator(3, 1, toy::windows(3, 20, slots, 1));
  Recorder recorder;
  const GeneratorSet set = train_generators(model, training, quick(), recorder);
  ASSERT_EQ(recorder.warnings.size(), 1U);
  EXPECT_EQ(recorder.warnings[0], "no training windows, so the generator stays untrained: device-2");
  const Generation& first = set.chains[0].generations[0];
  EXPECT_EQ(first.devices[2].windows, 0U);
  EXPECT_EQ(first.devices[2].weight.size(), latent_size * slots * 4);
  EXPECT_EQ(std::set<float>(first.devices[2].bias.begin(), first.devices[2].bias.end()),
            std::set<float>{0.0F});
  EXPECT_EQ(first.devices[0].windows, 40U);
}

TEST(GeneratorTraining, CarriesGeneratorsOnOrStartsAfresh) {
  const auto training = toy::windows(2, 20, slots, 1);
  const fingerprint::TrainedModel model = discriminator(2, 1, training);
  GeneratorTrainingOptions options = quick();
  options.generator_epochs = {1, 0};  // the second stage shows what it starts from
  Recorder recorder;
  options.generators = StageStart::carry;
  const GeneratorSet carried = train_generators(model, training, options, recorder);
  const auto& generations = carried.chains[0].generations;
  EXPECT_EQ(generations[0].devices[0].weight, generations[1].devices[0].weight);
  options.generators = StageStart::fresh;
  const GeneratorSet fresh = train_generators(model, training, options, recorder);
  EXPECT_NE(fresh.chains[0].generations[0].devices[0].weight,
            fresh.chains[0].generations[1].devices[0].weight);
}

TEST(GeneratorTraining, PerturbationsKeepToTheLimitsAndAreFeasible) {
  const auto training = toy::windows(2, 20, slots, 1);
  GeneratorTrainingOptions options = quick();
  options.minimum_size = 20;
  options.max_packets_per_omega = 3;
  options.max_payload_per_omega = 50;
  Recorder recorder;
  const GeneratorSet set = train_generators(discriminator(2, 1, training), training, options, recorder);
  const auto defended = perturb(training, set, 0, 1, 5);
  std::set<float> packets_seen;
  for (std::size_t i = 0; i < training.features.size(); i += 2) {
    const float packets = defended.features[i] - training.features[i];
    const float bytes = defended.features[i + 1] - training.features[i + 1];
    EXPECT_EQ(packets == 0, bytes == 0);
    EXPECT_GE(bytes, 20 * packets);
    EXPECT_LE(packets, 3);
    EXPECT_LE(bytes, 50);
    packets_seen.insert(packets);
  }
  EXPECT_GT(packets_seen.size(), 1U);
}

TEST(GeneratorTraining, PassesOnWhatStopsIt) {
  const auto training = toy::windows(2, 20, slots, 1);
  const fingerprint::TrainedModel model = discriminator(2, 1, training);
  Recorder recorder;
  recorder.stop = true;
  EXPECT_THROW(train_generators(model, training, quick(), recorder), Recorder::Stop);
}

TEST(GeneratorTraining, IsWholeWhereALoopAroundItIsCancelled) {
  const auto training = toy::windows(2, 20, slots, 1);
  const fingerprint::TrainedModel model = discriminator(2, 1, training);
  Recorder recorder;
  GeneratorTrainingOptions options = quick();
  options.chains = 2;
  GeneratorSet set;
  tbb::task_group_context around;
  tbb::parallel_for(
      0, 1,
      [&](int) {
        around.cancel_group_execution();
        set = train_generators(model, training, options, recorder);
      },
      around);
  ASSERT_EQ(set.chains.size(), 2U);
  for (const Chain& chain : set.chains) EXPECT_EQ(chain.generations.size(), 2U);
}

TEST(GeneratorTraining, RefusesImpossibleOptions) {
  const auto training = toy::windows(2, 20, slots, 1);
  const fingerprint::TrainedModel model = discriminator(2, 1, training);
  Recorder recorder;
  const auto error_of = [&](auto change) -> std::string {
    GeneratorTrainingOptions options = quick();
    change(options);
    try {
      train_generators(model, training, options, recorder);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(error_of([](auto& o) { o.chains = 0; }), "generator training: chains must be at least 1");
  EXPECT_EQ(error_of([](auto& o) { o.generator_epochs = {}; }),
            "generator training: a list of epochs is empty");
  // Beyond, the random streams of a stage would be those of the next one.
  EXPECT_EQ(error_of([](auto& o) {
              o.discriminator_epochs = {2, 1000};
            }),
            "generator training: a stage has at most 999 epochs of the discriminator");
  EXPECT_EQ(error_of([](auto& o) { o.discriminator_min_steps = 1000; }),
            "generator training: discriminator_min_steps is above 999");
  EXPECT_THROW(train_generators(model, toy::windows(2, 20, slots + 1, 1), quick(), recorder),
               std::runtime_error);
}

}  // namespace
}  // namespace ipet::generator
