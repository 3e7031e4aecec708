// The stage `generator_training`, as the runtime would call it.
#include <gtest/gtest.h>

#include "stages/fingerprint/lstm.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/windows/window.hpp"
#include "tests/defence/plugin_harness.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::generator {
namespace {

TEST(GeneratorTrainingStage, RefusesWindowsOfOtherSlotsThanTheDiscriminators) {
  const ipet::test::LoadedStage stage("generator_training");
  Problems problems;
  const Options options = ipet::test::parse(stage.description, {{"resume", false}}, problems);
  ASSERT_TRUE(options) << problems.at(0).message;
  windows::WindowSet set;
  const auto toy = toy::windows(2, 20, 10, 1);
  set.slots = 10;
  set.omega = 0.1;
  set.devices = toy::names(2);
  set.captures = {"one"};
  set.features = toy.features;
  set.silence = toy.silence;
  set.device = toy.label;
  set.capture.resize(toy.size());
  set.start.resize(toy.size());
  fingerprint::TrainedModel model;
  model.factory = std::make_shared<const fingerprint::LstmFactory>(fingerprint::LstmOptions{});
  model.classes = set.devices;
  model.slots = 10;
  model.omega = 0.2;
  model.split.mode = fingerprint::SplitMode::day;
  ipet::test::TestContext context;
  context.wholes["windows"] = std::make_shared<const windows::WindowSet>(set);
  context.wholes["discriminator"] = std::make_shared<const fingerprint::TrainedModel>(model);
  const auto made = stage.description.create(options.get(), context);
  ipet::test::TestEmitter emitter;
  try {
    dynamic_cast<TaskStage&>(*made).run(emitter);
    FAIL() << "trained generators of slots of 0.2 s on slots of 0.1 s";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the training windows have 10 slots of 0.1 s, the discriminator was trained on 10 slots of "
                 "0.2 s");
  }
}

}  // namespace
}  // namespace ipet::generator
