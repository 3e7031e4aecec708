// Every model's probabilities are those that numpy computes from its stored parameters.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <unistd.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/models.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

TrainedModel trained(std::shared_ptr<const ModelFactory> factory, std::size_t classes, std::size_t slots,
                     Normalisation normalisation) {
  Observer observer;
  DiscriminatorTrainingOptions options;
  options.epochs = 2;
  options.learning_rate = 0.01;
  options.normalisation = normalisation;
  return train(std::move(factory), toy::windows(classes, 20, slots, 1), toy::windows(classes, 5, slots, 2),
               toy::names(classes), options, observer);
}

template <class Numbers>
void write(std::ofstream& out, const char* name, const Numbers& numbers) {
  out << '"' << name << "\": [";
  for (std::size_t i = 0; i < numbers.size(); ++i) out << (i == 0 ? "" : ",") << numbers[i];
  out << "]";
}

void write_case(const std::filesystem::path& file, const std::string& name, std::int64_t pool_size,
                const TrainedModel& model, const LabelledWindows& windows, const std::vector<double>& p) {
  std::ofstream out(file);
  out.precision(17);
  out << "{\"model\": \"" << name << "\", \"pool_size\": " << pool_size << ", \"normalisation\": \""
      << text::word_of(normalisations, model.normalisation) << "\", \"slots\": " << windows.slots
      << ", \"parameters\": [";
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    out << (i == 0 ? "" : ",") << "{\"name\": \"" << model.parameters[i].name << "\", ";
    write(out, "shape", model.parameters[i].shape);
    out << ", ";
    write(out, "values", model.parameters[i].values);
    out << "}";
  }
  out << "], ";
  write(out, "features", windows.features);
  out << ", ";
  write(out, "silence", windows.silence);
  out << ", ";
  write(out, "probabilities", p);
  out << "}";
}

double difference_from_numpy(const std::string& name, const TrainedModel& model,
                             const LabelledWindows& windows, const std::vector<double>& p,
                             std::int64_t pool_size) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ipet-model-forward-" + std::to_string(::getpid()) + ".json");
  write_case(file, name, pool_size, model, windows, p);
  const std::string command =
      std::string(IPET_PYTHON) + " " IPET_SOURCE_DIR "/tests/fingerprint/model_forward.py " + file.string();
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 64> line{};
  double difference = 1;
  if (std::fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr)
    difference = std::stod(line.data());
  EXPECT_EQ(::pclose(pipe), 0);
  std::filesystem::remove(file);
  return difference;
}

double difference_from_numpy(const std::string& name, const TrainedModel& model,
                             const LabelledWindows& windows, std::int64_t pool_size = 2) {
  const std::vector<float> p = probabilities(model, windows);
  return difference_from_numpy(name, model, windows, {p.begin(), p.end()}, pool_size);
}

/// Class probabilities of a stored model that computes in double.
std::vector<double> in_float64(const TrainedModel& model, const LabelledWindows& windows) {
  const torch::NoGradGuard no_gradients;
  Network network(model, Precision::float64);
  const Batch batch = make_batch(windows, 0, windows.size());
  const torch::Tensor p = torch::softmax(network.forward(batch.features, batch.silence), 1).contiguous();
  return {p.data_ptr<double>(), p.data_ptr<double>() + p.numel()};
}

class Forward : public testing::TestWithParam<const char*> {};

TEST_P(Forward, GivesTheProbabilitiesThatNumpyComputesFromTheStoredParameters) {
  const TrainedModel model = trained(test::model(GetParam()), 5, 40, Normalisation::log1p);
  EXPECT_LT(difference_from_numpy(GetParam(), model, toy::windows(5, 7, 40, 3)), 1e-5);
}

TEST_P(Forward, GivesThemWithoutNormalisationToo) {
  const TrainedModel model = trained(test::model(GetParam()), 5, 40, Normalisation::none);
  EXPECT_LT(difference_from_numpy(GetParam(), model, toy::windows(5, 7, 40, 3)), 1e-5);
}

TEST_P(Forward, InFloat64GivesThemTo12Digits) {
  for (const Normalisation normalisation : {Normalisation::log1p, Normalisation::none}) {
    const TrainedModel model = trained(test::model(GetParam()), 5, 40, normalisation);
    const LabelledWindows windows = toy::windows(5, 7, 40, 3);
    EXPECT_LT(difference_from_numpy(GetParam(), model, windows, in_float64(model, windows), 2), 1e-12);
  }
}

TEST_P(Forward, InFloat64IsCloseToThatInFloat32) {
  const TrainedModel model = trained(test::model(GetParam()), 5, 40, Normalisation::log1p);
  const LabelledWindows windows = toy::windows(5, 50, 40, 3);
  const std::vector<double> wide = in_float64(model, windows);
  const std::vector<float> narrow = probabilities(model, windows);
  ASSERT_EQ(wide.size(), narrow.size());
  double largest = 0;
  for (std::size_t i = 0; i < wide.size(); ++i)
    largest = std::max(largest, std::abs(wide[i] - static_cast<double>(narrow[i])));
  EXPECT_LT(largest, 1e-5);
  EXPECT_GT(largest, 0) << "nothing was computed in another precision";
}

INSTANTIATE_TEST_SUITE_P(Models, Forward, test::every_model, test::name_of);

TEST(ForwardWithOtherOptions, Lstm) {
  LstmOptions options;
  options.width = 5;
  const TrainedModel model = trained(std::make_shared<LstmFactory>(options), 3, 12, Normalisation::log1p);
  EXPECT_LT(difference_from_numpy("lstm", model, toy::windows(3, 50, 12, 3)), 1e-5);
}

TEST(ForwardWithOtherOptions, Gru) {
  GruOptions options;
  options.width = 7;
  options.dense_width = 11;
  const TrainedModel model = trained(std::make_shared<GruFactory>(options), 3, 12, Normalisation::log1p);
  EXPECT_LT(difference_from_numpy("gru", model, toy::windows(3, 50, 12, 3)), 1e-5);
}

TEST(ForwardWithOtherOptions, CnnWhosePoolingLeavesARemainder) {
  CnnOptions options;
  options.filters = 6;
  options.kernel_size = 4;
  options.pool_size = 3;
  // 20 slots, 17 and 14 behind the convolutions: 4 pools of 3, and two slots that nobody sees.
  const TrainedModel model = trained(std::make_shared<CnnFactory>(options), 3, 20, Normalisation::log1p);
  EXPECT_LT(difference_from_numpy("cnn", model, toy::windows(3, 50, 20, 3), 3), 1e-5);
}

TEST(ForwardWithOtherOptions, Mlp) {
  MlpOptions options;
  options.first_width = 9;
  options.second_width = 5;
  options.dense_width = 13;
  const TrainedModel model = trained(std::make_shared<MlpFactory>(options), 3, 12, Normalisation::log1p);
  EXPECT_LT(difference_from_numpy("mlp", model, toy::windows(3, 50, 12, 3)), 1e-5);
}

TEST(StoredModel, RefusesParametersOfAnotherShape) {
  TrainedModel model = trained(test::model("lstm"), 3, 12, Normalisation::log1p);
  model.classes.push_back("one more");
  try {
    probabilities(model, toy::windows(3, 1, 12, 3));
    FAIL() << "loaded a model of 3 classes for 4";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the stored parameter 'output.kernel' has the shape [128, 3], the model wants "
                 "[128, 4]");
  }
  model.classes.pop_back();
  model.parameters.pop_back();
  EXPECT_THROW(probabilities(model, toy::windows(3, 1, 12, 3)), std::runtime_error);
}

}  // namespace
}  // namespace ipet::fingerprint
