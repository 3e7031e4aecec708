// Staged training that was killed and goes on gives the bits of one that was not.
#include <map>
#include <mutex>
#include <set>

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/generator/checkpoints.hpp"
#include "stages/generator_training/generator_training.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::generator {
namespace {

constexpr std::size_t slots = 10, devices = 2;

struct Recorder : fingerprint::Observer {
  void info(std::string_view text) override { infos.emplace_back(text); }
  std::vector<std::string> infos;
};

struct Killed {};

/// Keeps stages in memory; "kills" the training after it kept the last of `stages_to_keep` stages of a chain.
struct Memory final : TrainingStages {
  std::vector<CompleteStage> load(std::size_t chain, std::size_t limit) override {
    std::vector<CompleteStage> found = kept[chain];
    if (found.size() > limit) found.resize(limit);
    return found;
  }
  void save(std::size_t chain, std::size_t stage, const CompleteStage& complete) override {
    const std::lock_guard lock(mutex);
    ASSERT_EQ(stage, kept[chain].size()) << "stages are completed one after the other";
    kept[chain].push_back(complete);
    if (kept[chain].size() == stages_to_keep) throw Killed();
  }
  std::mutex mutex;
  std::map<std::size_t, std::vector<CompleteStage>> kept;
  std::size_t stages_to_keep = 1000;
};

fingerprint::TrainedModel discriminator(const fingerprint::LabelledWindows& training) {
  Recorder recorder;
  fingerprint::DiscriminatorTrainingOptions options;
  options.epochs = 1;
  fingerprint::TrainedModel model = fingerprint::train(
      std::make_shared<const fingerprint::LstmFactory>(fingerprint::LstmOptions{}), training,
      toy::windows(devices, 5, slots, 2), toy::names(devices), options, recorder);
  model.model = "lstm";
  model.omega = 0.1;
  return model;
}

GeneratorTrainingOptions four_stages() {
  GeneratorTrainingOptions options;
  options.training_stages = 4;
  options.generator_epochs = {1, 2};
  options.generator_min_steps = options.discriminator_min_steps = 0;
  options.generator_learning_rate = 0.02;
  options.seed = 5;
  return options;
}

void expect_same_bits(const Generation& a, const Generation& b) {
  ASSERT_EQ(a.devices.size(), b.devices.size());
  for (std::size_t d = 0; d < a.devices.size(); ++d) {
    EXPECT_EQ(a.devices[d].weight, b.devices[d].weight);
    EXPECT_EQ(a.devices[d].bias, b.devices[d].bias);
    EXPECT_EQ(a.devices[d].first_loss, b.devices[d].first_loss);
    EXPECT_EQ(a.devices[d].last_loss, b.devices[d].last_loss);
    EXPECT_EQ(a.devices[d].windows, b.devices[d].windows);
  }
  EXPECT_EQ(a.discriminator_loss, b.discriminator_loss);
  ASSERT_EQ(a.discriminator.size(), b.discriminator.size());
  for (std::size_t i = 0; i < a.discriminator.size(); ++i) {
    EXPECT_EQ(a.discriminator[i].name, b.discriminator[i].name);
    EXPECT_EQ(a.discriminator[i].shape, b.discriminator[i].shape);
    EXPECT_EQ(a.discriminator[i].values, b.discriminator[i].values);
  }
}

void expect_same_bits(const GeneratorSet& a, const GeneratorSet& b) {
  ASSERT_EQ(a.chains.size(), b.chains.size());
  for (std::size_t c = 0; c < a.chains.size(); ++c) {
    ASSERT_EQ(a.chains[c].generations.size(), b.chains[c].generations.size());
    for (std::size_t g = 0; g < a.chains[c].generations.size(); ++g) {
      SCOPED_TRACE("chain " + std::to_string(c) + ", generation " + std::to_string(g));
      expect_same_bits(a.chains[c].generations[g], b.chains[c].generations[g]);
    }
  }
}

class Resume : public testing::Test {
 protected:
  GeneratorSet train(const GeneratorTrainingOptions& options, Memory* memory) {
    recorder.infos.clear();
    return train_generators(model, training, options, recorder, memory);
  }
  void kill_after(std::size_t stages, const GeneratorTrainingOptions& options, Memory& memory) {
    memory.stages_to_keep = stages;
    EXPECT_THROW(train(options, &memory), Killed);
    memory.stages_to_keep = 1000;
  }

  const fingerprint::LabelledWindows training = toy::windows(devices, 20, slots, 1);
  const fingerprint::TrainedModel model = discriminator(training);
  Recorder recorder;
};

TEST_F(Resume, GivesTheBitsOfAnUndisturbedRunForAllSchedulesAndThreads) {
  for (const StageStart generators : {StageStart::fresh, StageStart::carry}) {
    for (const bool replay : {false, true}) {
      for (const std::uint32_t chains : {1U, 2U}) {
        GeneratorTrainingOptions options = four_stages();
        options.generators = generators;
        options.replay = replay;
        options.chains = chains;
        const GeneratorSet undisturbed = train(options, nullptr);
        for (const std::size_t threads : {1U, 2U}) {
          SCOPED_TRACE(std::string(text::word_of(stage_starts, generators)) +
                       (replay ? ", replay, " : ", newest only, ") + std::to_string(chains) + " chains, " +
                       std::to_string(threads) + " threads");
          const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
          Memory memory;
          kill_after(2, options, memory);
          expect_same_bits(train(options, &memory), undisturbed);
        }
      }
    }
  }
}

TEST_F(Resume, GoesOnAfterAnyStageAndSaysSo) {
  const GeneratorSet undisturbed = train(four_stages(), nullptr);
  EXPECT_TRUE(recorder.infos.empty());
  const std::map<std::size_t, std::string> said = {
      {1, "stage 2 of 4: going on after 1 complete stage of chain 0"},
      {2, "stage 3 of 4: going on after 2 complete stages of chain 0"},
      {3, "stage 4 of 4: going on after 3 complete stages of chain 0"},
      {4, "all 4 stages of 1 chain were trained by an earlier run: reusing them"}};
  for (const auto& [stages, text] : said) {
    Memory memory;
    kill_after(stages, four_stages(), memory);
    expect_same_bits(train(four_stages(), &memory), undisturbed);
    EXPECT_EQ(recorder.infos, std::vector<std::string>{text});
    EXPECT_EQ(memory.kept[0].size(), 4U);
  }
}

TEST_F(Resume, ChainsGoOnEachFromItsOwnStage) {
  GeneratorTrainingOptions options = four_stages();
  options.chains = 3;
  Memory memory;
  const GeneratorSet undisturbed = train(options, &memory);
  memory.kept[1].resize(2);
  memory.kept[2].clear();
  expect_same_bits(train(options, &memory), undisturbed);
  EXPECT_EQ(recorder.infos,
            (std::vector<std::string>{"nothing to train: going on after 4 complete stages of chain 0",
                                      "stage 3 of 4: going on after 2 complete stages of chain 1"}));
}

TEST_F(Resume, MoreStagesOrChainsBuildOnThoseThatExist) {
  GeneratorTrainingOptions options = four_stages();
  options.training_stages = 2;
  Memory memory;
  train(options, &memory);
  options.training_stages = 4;
  options.chains = 2;
  expect_same_bits(train(options, &memory), train(options, nullptr));
}

TEST_F(Resume, StagesOfAnotherModelAreAnError) {
  Memory memory;
  kill_after(1, four_stages(), memory);
  memory.kept[0][0].optimiser.first.pop_back();
  try {
    train(four_stages(), &memory);
    FAIL() << "took moments for too few parameters";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("the stored optimiser has moments for ")) << text;
  }
}

TEST_F(Resume, TheKeyIsThatOfEverythingThatAStageDependsOn) {
  const std::vector<std::string> programme = {"generator_training", "1.0"};
  const std::string key = training_key(model, training, four_stages(), programme);
  EXPECT_EQ(key.size(), 32U);
  EXPECT_EQ(key, training_key(model, training, four_stages(), programme));

  std::set<std::string> keys = {key};
  std::size_t changes = 0;
  const auto expect_other_key = [&](const std::string& what, const std::string& other) {
    EXPECT_TRUE(keys.insert(other).second) << what;
    ++changes;
  };
  const auto with_option = [&](const std::string& what, auto change) {
    GeneratorTrainingOptions options = four_stages();
    change(options);
    expect_other_key(what, training_key(model, training, options, programme));
  };
  with_option("max_packets_per_omega", [](auto& o) { o.max_packets_per_omega = 5; });
  with_option("max_payload_per_omega", [](auto& o) { o.max_payload_per_omega = 5; });
  with_option("generator_epochs", [](auto& o) { o.generator_epochs = {1, 3}; });
  with_option("discriminator_epochs", [](auto& o) { o.discriminator_epochs = {1, 3}; });
  with_option("generator_batch", [](auto& o) { o.generator_batch = 31; });
  with_option("discriminator_batch", [](auto& o) { o.discriminator_batch = 31; });
  with_option("carry_learning_rate", [](auto& o) { o.carry_learning_rate = true; });
  with_option("generator_min_steps", [](auto& o) { o.generator_min_steps = 31; });
  with_option("discriminator_min_steps", [](auto& o) { o.discriminator_min_steps = 31; });
  with_option("latents", [](auto& o) { o.latents = Latents::once; });
  with_option("generator_learning_rate", [](auto& o) { o.generator_learning_rate = 0.5; });
  with_option("discriminator_learning_rate", [](auto& o) { o.discriminator_learning_rate = 0.5; });
  with_option("generators", [](auto& o) { o.generators = StageStart::carry; });
  with_option("rounding", [](auto& o) { o.rounding = Rounding::none; });
  with_option("rows", [](auto& o) { o.rows = RowKind::free; });
  with_option("minimum_size", [](auto& o) { o.minimum_size = 2; });
  with_option("replay", [](auto& o) { o.replay = false; });
  with_option("seed", [](auto& o) { o.seed = 6; });

  const auto with_windows = [&](const std::string& what, auto change) {
    fingerprint::LabelledWindows windows = training;
    change(windows);
    expect_other_key(what, training_key(model, windows, four_stages(), programme));
  };
  with_windows("a feature", [](auto& w) { w.features[17] += 1; });
  with_windows("a silence", [](auto& w) { w.silence[3] += 1; });
  with_windows("a label", [](auto& w) { w.label[3] ^= 1; });
  with_windows("the order", [](auto& w) { std::swap(w.label[0], w.label[1]); });

  const auto with_model = [&](const std::string& what, auto change) {
    fingerprint::TrainedModel other = model;
    change(other);
    expect_other_key(what, training_key(other, training, four_stages(), programme));
  };
  with_model("a parameter", [](auto& m) { m.parameters[5].values[0] += 1; });
  with_model("its options", [](auto& m) { m.options = "width = 9"; });
  with_model("a class", [](auto& m) { m.classes[1] = "other"; });
  with_model("omega", [](auto& m) { m.omega = 0.2; });
  expect_other_key("programme", training_key(model, training, four_stages(), {"generator_training1", ".0"}));
  EXPECT_EQ(changes, 27U);

  // The history counts where the learning rate follows from it: here five epochs brought no improvement.
  GeneratorTrainingOptions carrying = four_stages();
  carrying.carry_learning_rate = true;
  fingerprint::TrainedModel slowed = model;
  slowed.history.assign(7, {1, 0, 0, 0, 1.0, 0});
  EXPECT_EQ(training_key(slowed, training, four_stages(), programme), key);
  EXPECT_NE(training_key(slowed, training, carrying, programme),
            training_key(model, training, carrying, programme));

  GeneratorTrainingOptions more = four_stages();
  more.training_stages = 9;
  more.chains = 9;
  EXPECT_EQ(training_key(model, training, more, programme), key);
}

}  // namespace
}  // namespace ipet::generator
