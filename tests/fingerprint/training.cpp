// Training as a whole: it learns, repeats exactly, and says clearly when it cannot go on.
#include <limits>

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "tests/fingerprint/models.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

const auto lstm = test::model("lstm");

struct Recorder : Observer {
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  void progress(double fraction, std::string_view) override { last = fraction; }
  void check() override {
    if (++checks > stop_after) throw std::runtime_error("stopped by the caller");
  }
  std::vector<std::string> warnings;
  double last = 0;
  int checks = 0, stop_after = std::numeric_limits<int>::max();
};

double accuracy(const TrainedModel& model, const LabelledWindows& data) {
  const auto named = classify(model, data);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < named.size(); ++i) hits += named[i] == data.label[i] ? 1 : 0;
  return static_cast<double>(hits) / static_cast<double>(named.size());
}

TrainedModel train_toy(const DiscriminatorTrainingOptions& options, std::size_t per_device = 200,
                       const std::string& model = "lstm") {
  Recorder recorder;
  return train(test::model(model), toy::windows(4, per_device, 20, 1), toy::windows(4, 40, 20, 2),
               toy::names(4), options, recorder);
}

class EveryModel : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Models, EveryModel, test::every_model, test::name_of);

TEST_P(EveryModel, LearnsDevicesThatAreEasyToTellApart) {
  DiscriminatorTrainingOptions options;
  options.epochs = 14;
  options.learning_rate = 0.01;
  const TrainedModel model = train_toy(options, 100, GetParam());
  EXPECT_GT(accuracy(model, toy::windows(4, 100, 20, 3)), 0.95);
  EXPECT_EQ(model.training_windows, 400U);
  EXPECT_EQ(model.classes.size(), 4U);
  EXPECT_LE(model.history.size(), 14U);
  EXPECT_LT(model.history.back().training_loss, model.history.front().training_loss);
}

TEST(Training, KeepsTheEpochWithTheLowestValidationLoss) {
  DiscriminatorTrainingOptions options;
  options.epochs = 8;
  options.learning_rate = 0.05;  // jumps about
  const TrainedModel model = train_toy(options, 50);
  const LabelledWindows validation = toy::windows(4, 40, 20, 2);
  double lowest = std::numeric_limits<double>::infinity();
  std::uint32_t best = 0;
  for (const EpochRecord& epoch : model.history) {
    if (epoch.validation_loss < lowest) best = epoch.epoch;
    lowest = std::min(lowest, epoch.validation_loss);
  }
  EXPECT_EQ(model.best_epoch, best);
  const std::vector<float> p = probabilities(model, validation);
  double loss = 0;
  for (std::size_t i = 0; i < validation.size(); ++i) loss -= std::log(p[i * 4 + validation.label[i]]);
  loss /= static_cast<double>(validation.size());
  // Keras' validation loss holds the L2 penalty too: a hundredth of the first layer's squared input kernels.
  for (const NamedArray& array : model.parameters) {
    if (!array.name.starts_with("lstm_1.") || !array.name.ends_with("_kernel")) continue;
    for (const float value : array.values) loss += 0.01 * value * value;
  }
  EXPECT_NEAR(loss, lowest, 1e-5);
}

TEST_P(EveryModel, GivesTheSameBitsForOneAndTwoThreads) {
  DiscriminatorTrainingOptions options;
  options.epochs = 3;
  options.seed = 7;
  const auto with_threads = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return train_toy(options, 60, GetParam());
  };
  const TrainedModel one = with_threads(1), two = with_threads(2);
  ASSERT_EQ(one.parameters.size(), two.parameters.size());
  for (std::size_t i = 0; i < one.parameters.size(); ++i) {
    EXPECT_EQ(one.parameters[i].name, two.parameters[i].name);
    EXPECT_EQ(one.parameters[i].values, two.parameters[i].values) << one.parameters[i].name;
  }
  EXPECT_EQ(one.history.back().training_loss, two.history.back().training_loss);
  options.seed = 8;
  EXPECT_NE(train_toy(options, 60, GetParam()).parameters.back().values, one.parameters.back().values);
}

TEST_P(EveryModel, NamesEpochAndStepWhenTheLossIsNotFinite) {
  LabelledWindows data = toy::windows(2, 100, 20, 1);
  data.features[150 * data.row_size()] = std::numeric_limits<float>::quiet_NaN();
  DiscriminatorTrainingOptions options;
  options.normalisation = Normalisation::none;
  Recorder recorder;
  try {
    train(test::model(GetParam()), data, toy::windows(2, 10, 20, 2), toy::names(2), options, recorder);
    FAIL() << "trained on NaN";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("training, epoch 1, step "), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("not a finite number"), std::string::npos);
  }
}

TEST(Training, RefusesAnEmptySet) {
  Recorder recorder;
  LabelledWindows none;
  none.slots = 20;
  try {
    train(lstm, none, none, toy::names(2), {}, recorder);
    FAIL() << "trained on nothing";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "there are no windows to train on");
  }
}

TEST(Training, WarnsWithoutValidationWindows) {
  Recorder recorder;
  LabelledWindows none;
  none.slots = 20;
  DiscriminatorTrainingOptions options;
  options.epochs = 2;
  const TrainedModel model = train(lstm, toy::windows(2, 20, 20, 1), none, toy::names(2), options, recorder);
  ASSERT_EQ(recorder.warnings.size(), 1U);
  EXPECT_EQ(recorder.warnings[0], "no windows to validate on: the best epoch is chosen by the training loss");
  EXPECT_EQ(model.best_epoch, model.history[0].training_loss <= model.history[1].training_loss ? 1U : 2U);
  EXPECT_EQ(recorder.last, 1.0);
}

TEST(Training, StopsWhenTheCallerWantsItTo) {
  Recorder recorder;
  recorder.stop_after = 3;
  const LabelledWindows data = toy::windows(2, 100, 20, 1);
  EXPECT_THROW(train(lstm, data, data, toy::names(2), {}, recorder), std::runtime_error);
  EXPECT_EQ(recorder.checks, 4);
}

}  // namespace
}  // namespace ipet::fingerprint
