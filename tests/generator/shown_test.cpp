// What generators and discriminator are shown while they train, seen by a model that takes notes
// (stages/generator/README.md: noise, dropout, rounding, replay, epochs per stage).
#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <set>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/grad_mode.h>

#include "stages/fingerprint/model.hpp"
#include "stages/generator_training/generator_training.hpp"

namespace ipet::generator {
namespace {

constexpr std::size_t few_slots = 2, row = few_slots * 4, two_devices = 2, per_device = 5;

/// One window as the model saw it. Its silence tells which one it is.
struct Seen {
  bool by_generator = false;  ///< the model was frozen: a generator was being trained
  float silence = 0;
  std::vector<float> features;
};

struct Notes {
  std::mutex mutex;
  std::vector<Seen> seen;
  std::size_t calls = 0, calls_with_dropout = 0;
};

class Spy final : public fingerprint::Model {
 public:
  Spy(const fingerprint::ModelShape& shape, traffic::Random& random, Notes& notes) : notes_(notes) {
    kernel_ = register_parameter("kernel", torch::empty({shape.slots * 4 + 1, shape.classes}));
    const torch::NoGradGuard no_gradients;
    fingerprint::glorot_uniform_(kernel_, random);
  }
  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor flat = features.flatten(1);
    const torch::Tensor values = flat.detach().contiguous(), seconds = silence.contiguous();
    const bool dropped = dropout(torch::ones({200}), 0.5).eq(0).any().item<bool>();
    const std::lock_guard lock(notes_.mutex);
    ++notes_.calls;
    notes_.calls_with_dropout += dropped ? 1 : 0;
    for (std::int64_t i = 0; i < flat.size(0); ++i) {
      const float* from = values.data_ptr<float>() + i * flat.size(1);
      notes_.seen.push_back(
          {!kernel_.requires_grad(), seconds.data_ptr<float>()[i], {from, from + flat.size(1)}});
    }
    return torch::cat({flat * 0.01, silence}, 1).matmul(kernel_);
  }

 private:
  Notes& notes_;
  torch::Tensor kernel_;
};

class SpyFactory final : public fingerprint::ModelFactory {
 public:
  explicit SpyFactory(Notes& notes) : notes_(notes) {}
  std::shared_ptr<fingerprint::Model> create(const fingerprint::ModelShape& shape,
                                             traffic::Random& random) const override {
    return std::make_shared<Spy>(shape, random, notes_);
  }

 private:
  Notes& notes_;
};

class Shown : public testing::Test {
 protected:
  Shown() {
    model.model = "spy";
    model.factory = std::make_shared<const SpyFactory>(notes);
    model.classes = {"a", "b"};
    model.slots = few_slots;
    model.omega = 0.1;
    model.normalisation = fingerprint::Normalisation::none;
    std::vector<float> kernel((row + 1) * two_devices);
    traffic::Random random(std::uint64_t{3});
    for (float& value : kernel) value = static_cast<float>(random.uniform(-1, 1));
    model.parameters = {{"kernel", {row + 1, two_devices}, kernel}};
    windows.slots = few_slots;
    for (std::size_t i = 0; i < two_devices * per_device; ++i) {
      const std::vector<float> features(row, static_cast<float>(100 * i));
      windows.append(features.data(), static_cast<float>(i), static_cast<std::uint16_t>(i % two_devices));
    }
    options.training_stages = 1;
    options.generator_min_steps = options.discriminator_min_steps = 0;
  }
  GeneratorSet train() { return train_generators(model, windows, options, observer); }
  /// What was added to each window, by window, in the order in which the model saw it.
  std::map<int, std::vector<std::vector<float>>> added(bool to_train_generators) const {
    std::map<int, std::vector<std::vector<float>>> result;
    for (const Seen& seen : notes.seen) {
      if (seen.by_generator != to_train_generators) continue;
      const int window = static_cast<int>(seen.silence);
      std::vector<float> difference;
      for (const float feature : seen.features)
        difference.push_back(feature - 100.0F * static_cast<float>(window));
      result[window].push_back(difference);
    }
    return result;
  }

  Notes notes;
  fingerprint::TrainedModel model;
  fingerprint::LabelledWindows windows;
  GeneratorTrainingOptions options;
  fingerprint::Observer observer;
};

bool whole(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float x) { return x == std::round(x); });
}

/// Adds only change with the noise: the generators learn nothing.
void only_noise_differs(GeneratorTrainingOptions& options) {
  options.generator_epochs = {4};
  options.generator_learning_rate = 0;
  options.rounding = Rounding::none;
}

TEST_F(Shown, GeneratorsSeeNewNoiseForEveryWindowInEveryPass) {
  only_noise_differs(options);
  train();
  const auto shown = added(true);
  ASSERT_EQ(shown.size(), windows.size());
  std::set<std::vector<float>> different;
  for (const auto& [window, passes] : shown) different.insert(passes.begin(), passes.end());
  EXPECT_EQ(different.size(), 4 * windows.size());
}

TEST_F(Shown, GeneratorsKeepOneNoiseVectorPerWindowForAllEpochsAsPublished) {
  only_noise_differs(options);
  options.latents = Latents::once;
  train();
  const auto shown = added(true);
  ASSERT_EQ(shown.size(), windows.size());
  std::set<std::vector<float>> different;
  for (const auto& [window, epochs] : shown) {
    ASSERT_EQ(epochs.size(), 4U);
    for (const auto& again : epochs)
      for (std::size_t i = 0; i < row; ++i) EXPECT_NEAR(again[i], epochs[0][i], 1e-3) << window;
    different.insert(epochs[0]);
  }
  EXPECT_EQ(different.size(), windows.size()) << "each window has noise of its own";
}

TEST_F(Shown, DropoutIsActiveInAllTraining) {
  train();
  EXPECT_GT(notes.calls, 4U);
  EXPECT_EQ(notes.calls_with_dropout, notes.calls);
}

TEST_F(Shown, RoundingDecidesWhetherGeneratorsSeeTheRowsThatAreSent) {
  for (const Rounding rounding : {Rounding::straight_through, Rounding::none}) {
    notes.seen.clear();
    options.rounding = rounding;
    train();
    bool all_whole = true;
    for (const auto& [window, epochs] : added(true))
      for (const auto& values : epochs) all_whole = all_whole && whole(values);
    EXPECT_EQ(all_whole, options.rounding == Rounding::straight_through);
    // The discriminator learns from rounded rows in either case.
    for (const auto& [window, epochs] : added(false))
      for (const auto& values : epochs) EXPECT_TRUE(whole(values));
  }
}

TEST_F(Shown, GeneratorsLeaveTheDiscriminatorAsItWas) {
  options.discriminator_epochs = {0};
  const GeneratorSet set = train();
  EXPECT_EQ(set.chains[0].generations[0].discriminator[0].values, model.parameters[0].values);
}

/// (windows shown to train generators, windows shown to the discriminator) of the first `stages` stages.
using Counts = std::pair<std::size_t, std::size_t>;

TEST_F(Shown, EpochsFollowTheTableStageByStage) {
  // The older release: generator/discriminator epochs 1/2, then 3/1, then 5/1 (stages/generator/README.md).
  options.generator_epochs = {1, 3, 5};
  options.discriminator_epochs = {2, 1, 1};
  options.replay = false;
  const Counts wanted[] = {{1, 2}, {1 + 3, 2 + 1}, {1 + 3 + 5, 2 + 1 + 1}, {1 + 3 + 5 + 5, 2 + 1 + 1 + 1}};
  for (std::uint32_t stages = 1; stages <= 4; ++stages) {
    notes.seen.clear();
    options.training_stages = stages;
    train();
    const auto by_generators = added(true), by_discriminator = added(false);
    for (int window = 0; window < static_cast<int>(windows.size()); ++window) {
      EXPECT_EQ(by_generators.at(window).size(), wanted[stages - 1].first);
      EXPECT_EQ(by_discriminator.at(window).size(), wanted[stages - 1].second);
    }
  }
}

TEST_F(Shown, FewWindowsAreShownAgainUntilThereAreEnoughSteps) {
  options.generator_epochs = options.discriminator_epochs = {2};
  options.replay = false;
  options.generator_batch = 2;      // 5 windows of a device: 3 steps a pass
  options.discriminator_batch = 4;  // 10 windows: 3 steps a pass
  options.generator_min_steps = 10;
  options.discriminator_min_steps = 12;
  const auto expect_passes = [&](std::size_t generators, std::size_t discriminator) {
    notes.seen.clear();
    train();
    EXPECT_EQ(added(true).empty(), generators == 0);
    EXPECT_EQ(added(false).empty(), discriminator == 0);
    for (const auto& [window, times] : added(true)) EXPECT_EQ(times.size(), generators);
    for (const auto& [window, times] : added(false)) EXPECT_EQ(times.size(), discriminator);
  };
  expect_passes(4, 4);
  options.generator_min_steps = options.discriminator_min_steps = 6;
  expect_passes(2, 2);
  options.generator_epochs = options.discriminator_epochs = {0};
  expect_passes(0, 0);
}

TEST_F(Shown, ReplayAddsCleanWindowsAndAllEarlierGenerations) {
  options.training_stages = 3;
  options.generator_epochs = {1};
  options.discriminator_epochs = {1};
  for (const bool replay : {false, true}) {
    notes.seen.clear();
    options.replay = replay;
    train();
    for (const auto& [window, times] : added(false)) {
      std::map<std::vector<float>, std::size_t> count;
      for (const auto& values : times) ++count[values];
      // Clean in all three stages; generation 0 in three, 1 in two, 2 in one. Without: each once.
      ASSERT_EQ(times.size(), replay ? 3U + 3 + 2 + 1 : 3U);
      EXPECT_EQ(count.count(std::vector<float>(row, 0.0F)), replay ? 1U : 0U);
      EXPECT_EQ(count.size(), replay ? 4U : 3U) << "three generations, and clean ones";
    }
  }
}

TEST_F(Shown, EveryChainHasNoiseAndGeneratorsOfItsOwn) {
  options.generator_epochs = {1};
  options.chains = 2;
  options.rounding = Rounding::none;
  train();
  for (const auto& [window, chains] : added(true)) {
    ASSERT_EQ(chains.size(), 2U);
    EXPECT_NE(chains[0], chains[1]);
  }
}

}  // namespace
}  // namespace ipet::generator
