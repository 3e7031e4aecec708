// The stage `discriminator_training` with the model plugins, as the runtime would call it.
#include <cmath>
#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/model/model_factory.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/windows/window.hpp"
#include "tests/defence/plugin_harness.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

using ipet::test::Given;
using testing::ElementsAre;
using testing::HasSubstr;

/// Finds models in plugins/<name>.so.
class ModelPlugins final : public Catalog, public ComponentSource {
 public:
  void add(StageDescription) override {}
  void add(ComponentDescription component) override { found_[component.name] = std::move(component); }
  const ComponentDescription* find_component(const TypeName&, const std::string& name, const Place&,
                                             Problems&) override {
    if (!found_.contains(name)) {
      void* library = dlopen((IPET_BINARY_DIR "/plugins/" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
      if (library == nullptr) throw std::runtime_error(dlerror());
      static_cast<const ipet_plugin_descriptor_v3*>(dlsym(library, IPET_PLUGIN_SYMBOL))
          ->register_components(static_cast<Catalog*>(this));
    }
    return &found_.at(name);
  }

 private:
  std::map<std::string, ComponentDescription> found_;
};

Value model(const std::string& name, const Given& options = {}) {
  Value table;
  table.table()->push_back({"name", {}, Value(Value::Data(name))});
  for (const auto& [key, data] : options) table.table()->push_back({key, {}, Value(data)});
  return table;
}

struct Trained {
  std::shared_ptr<const TrainedModel> model;
  std::vector<std::string> warnings;
  Problems problems;
};

/// Runs the stage with one more option than a quick training needs.
Trained train(const windows::WindowSet& windows, const Value& model, const Given& given = {}) {
  static const ipet::test::LoadedStage stage("discriminator_training");
  ModelPlugins plugins;
  Value table;
  table.table()->push_back({"model", {}, model});
  table.table()->push_back({"max_epochs", {}, Value(Value::Data(std::int64_t{1}))});
  for (const auto& [key, data] : given) table.table()->push_back({key, {}, Value(data)});
  Trained trained;
  const Options options = stage.description.options.parse(table, "stage 'x'", plugins, trained.problems);
  if (!options) return trained;
  ipet::test::TestContext context;
  context.wholes["windows"] = std::make_shared<const windows::WindowSet>(windows);
  context.wholes["aggregates"] = nullptr;  // not connected
  ipet::test::TestEmitter emitter;
  const auto made = stage.description.create(options.get(), context);
  dynamic_cast<TaskStage&>(*made).run(emitter);
  trained.warnings = context.warnings;
  trained.model = std::static_pointer_cast<const TrainedModel>(emitter.sent.at(0).payload);
  return trained;
}

/// `per_device` windows of each device, one a minute.
windows::WindowSet home(std::size_t devices, std::size_t per_device, std::size_t slots = 10) {
  windows::WindowSet set;
  const LabelledWindows toy = toy::windows(devices, per_device, slots, 1);
  set.slots = static_cast<std::uint32_t>(slots);
  set.omega = 0.1;
  set.devices = toy::names(devices);
  set.captures = {"one"};
  set.features = toy.features;
  set.silence = toy.silence;
  set.device = toy.label;
  set.capture.resize(toy.size());
  for (std::size_t i = 0; i < toy.size(); ++i)
    set.start.push_back(static_cast<traffic::Nanoseconds>(i) * 60 * traffic::second);
  return set;
}

class Stage : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Models, Stage, testing::Values("lstm", "gru", "cnn", "mlp"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Stage, TrainsTheModelThatItsOptionNames) {
  const Trained trained = train(home(3, 30), model(GetParam(), {{"dense_width", std::int64_t{17}}}));
  ASSERT_TRUE(trained.model);
  EXPECT_EQ(trained.model->model, GetParam());
  EXPECT_THAT(trained.model->options, HasSubstr("dense_width = 17"));
  const NamedArray& bias = trained.model->parameters.at(trained.model->parameters.size() - 3);
  EXPECT_EQ(bias.name, "dense.bias");
  EXPECT_EQ(bias.shape, std::vector<std::int64_t>{17});
}

TEST(StageOptions, TrainsInThePrecisionThatItsOptionNames) {
  const auto loss = [](const char* precision) {
    return train(home(3, 30), model("lstm"), {{"precision", std::string(precision)}}).model->history.at(0);
  };
  const EpochRecord narrow = loss("float32"), wide = loss("float64");
  EXPECT_NEAR(narrow.training_loss, wide.training_loss, 1e-3);
  EXPECT_NE(narrow.training_loss, wide.training_loss);
}

/// The starts of the test windows.
std::set<std::int64_t> tested(const TrainedModel& model) {
  std::set<std::int64_t> starts;
  for (std::size_t i = 0; i < model.split_rows->size(); ++i)
    if (model.split_rows->part[i] == Part::test) starts.insert(model.split_rows->start[i]);
  return starts;
}

TEST(StageOptions, SplitsBySplitSeedAndTrainsByTheSeedOfTheRun) {
  const windows::WindowSet set = home(3, 60);
  const auto with = [&](std::int64_t seed) {
    return train(set, model("mlp"),
                 {{"split", std::string("shuffled")},
                  {"max_windows_per_device", std::int64_t{20}},
                  {"split_seed", seed}});
  };
  const Trained run = with(-1), same = with(20), other = with(21);  // the run's seed is 20
  EXPECT_EQ(run.model->split_rows->size(), 60U);                    // those that were drawn
  EXPECT_EQ(run.model->split_rows->start, same.model->split_rows->start);
  EXPECT_EQ(tested(*run.model), tested(*same.model));
  EXPECT_EQ(tested(*run.model).size(), run.model->test_windows);
  EXPECT_EQ(run.model->history.at(0).training_loss, same.model->history.at(0).training_loss);
  EXPECT_NE(other.model->split_rows->start, same.model->split_rows->start);
  EXPECT_EQ(other.model->split.seed, 21U);
}

TEST(StageOptions, RefuseFoldsThatThereAreNot) {
  const auto refusal = [](const Given& given) {
    const Trained refused = train(home(2, 30), model("mlp"), given);
    EXPECT_FALSE(refused.model);
    return refused.problems.empty() ? "" : refused.problems[0].message;
  };
  EXPECT_EQ(refusal({{"folds", std::int64_t{5}}, {"fold", std::int64_t{5}}}),
            "stage 'x': option 'fold': there is no fold 5: 5 folds are 0 to 4");
  EXPECT_EQ(refusal({{"fold", std::int64_t{1}}}),
            "stage 'x': option 'fold': fold 1 of a single split: say how many folds there are ('folds'), or "
            "split = \"leave_one_day_out\"");
  EXPECT_EQ(refusal({{"folds", std::int64_t{2}}, {"validation_fraction", 0.5}}),
            "stage 'x': option 'validation_fraction': validation_fraction and a fold of 2 must leave a part "
            "for training");
}

TEST(StageOptions, RefusesAnUnknownPrecision) {
  const Trained refused = train(home(2, 30), model("mlp"), {{"precision", std::string("float16")}});
  EXPECT_FALSE(refused.model);
  ASSERT_EQ(refused.problems.size(), 1U);
  EXPECT_THAT(refused.problems[0].message, HasSubstr("'precision'"));
  EXPECT_THAT(refused.problems[0].message, HasSubstr("float16"));
}

TEST_P(Stage, NamesEpochAndStepOfALossThatIsNoNumber) {
  windows::WindowSet set = home(3, 30);
  for (std::size_t i = 0; i < set.features.size(); i += 7)
    set.features[i] = std::numeric_limits<float>::quiet_NaN();
  try {
    train(set, model(GetParam()));
    FAIL() << "trained on NaN";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("training, epoch 1, step 1: the loss or its gradient is not a finite"));
  }
}

TEST(StageErrors, TooFewSlotsForAConvolutionNameHowManyItNeeds) {
  try {
    train(home(3, 30, 5), model("cnn"));
    FAIL() << "pooled one slot into nothing";
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(),
                 "model 'cnn' needs windows of at least 6 slots (two convolutions over 3 slots and a maximum "
                 "over 2), these have 5");
  }
}

TEST(StageErrors, ReportsAClassWithOneWindowAndADeviceWithNone) {
  windows::WindowSet set = home(2, 30);
  set.devices.insert(set.devices.end(), {"lamp", "mute"});
  set.features.insert(set.features.end(), 40, 1.0F);
  set.silence.push_back(0);
  set.device.push_back(2);
  set.capture.push_back(0);
  set.start.push_back(0);
  const Trained trained = train(set, model("mlp"), {{"split", std::string("random")}});
  EXPECT_THAT(trained.warnings, ElementsAre("devices without windows, left out: mute",
                                            "too few windows (one) to both train on and test: lamp"));
  EXPECT_THAT(trained.model->classes, ElementsAre("device-0", "device-1", "lamp"));
}

TEST(StageErrors, RefusesWindowsOfNobody) {
  windows::WindowSet set = home(2, 1);
  set.device.clear();
  set.start.clear();
  try {
    train(set, model("mlp"));
    FAIL() << "trained on nothing";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "there are no windows: no device sent a packet that counts");
  }
}

TEST(StageOptions, PublishedSplitTestsAndValidatesOnTheSameThirdOfTheWindows) {
  const Trained trained = train(home(3, 200), model("mlp"),
                                {{"split", std::string("shuffled")},
                                 {"test_fraction", 0.3},
                                 {"validation_fraction", 0.8},
                                 {"validate_on_test", true}});
  ASSERT_TRUE(trained.model);
  EXPECT_EQ(trained.model->split.mode, SplitMode::shuffled);
  EXPECT_TRUE(trained.model->split.validate_on_test);
  EXPECT_EQ(trained.model->validation_windows, trained.model->test_windows);
  EXPECT_EQ(trained.model->training_windows + trained.model->test_windows, 600U);
  EXPECT_NEAR(static_cast<double>(trained.model->test_windows), 180, 45);
}

TEST(StageOptions, RefusesPartsThatLeaveNothingToTrainOn) {
  const Trained trained =
      train(home(2, 10), model("mlp"), {{"test_fraction", 0.3}, {"validation_fraction", 0.8}});
  ASSERT_EQ(trained.problems.size(), 1U);
  EXPECT_EQ(trained.problems[0].message,
            "stage 'x': option 'test_fraction': validation_fraction + test_fraction must leave a part for "
            "training");
}

}  // namespace
}  // namespace ipet::fingerprint
