// The published model, from outside: size, and the same numbers as an independent computation.
#include "stages/fingerprint/lstm.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "stages/fingerprint/training.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

TrainedModel trained(std::size_t classes, std::size_t slots, std::int64_t width) {
  Observer observer;
  TrainingOptions options;
  options.epochs = 2;
  options.learning_rate = 0.01;
  LstmOptions lstm;
  lstm.width = width;
  return train(std::make_shared<const LstmFactory>(lstm), toy::windows(classes, 10, slots, 1),
               toy::windows(classes, 2, slots, 2), toy::names(classes), options, observer);
}

std::size_t size_of(const TrainedModel& model) {
  std::size_t size = 0;
  for (const NamedArray& array : model.parameters)
    if (!array.name.starts_with("normalisation.")) size += array.values.size();
  return size;
}

TEST(Lstm, Has8606ParametersFor30ClassesAtWidth8) {
  EXPECT_EQ(size_of(trained(30, 5, 8)), 8606U);
}

template <class Numbers>
void write(std::ofstream& out, const char* name, const Numbers& numbers) {
  out << '"' << name << "\": [";
  for (std::size_t i = 0; i < numbers.size(); ++i) out << (i == 0 ? "" : ",") << numbers[i];
  out << "]";
}

void write_case(const std::filesystem::path& file, const TrainedModel& model, const LabelledWindows& windows,
                const std::vector<float>& probabilities) {
  std::ofstream out(file);
  out.precision(9);
  out << "{\"slots\": " << windows.slots << ", \"parameters\": [";
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
  write(out, "probabilities", probabilities);
  out << "}";
}

double difference_from_numpy(const TrainedModel& model, const LabelledWindows& windows) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ipet-lstm-forward-" + std::to_string(::getpid()) + ".json");
  write_case(file, model, windows, probabilities(model, windows));
  const std::string command =
      std::string(IPET_PYTHON) + " " IPET_SOURCE_DIR "/tests/fingerprint/lstm_forward.py " + file.string();
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 64> line{};
  double difference = 1;
  if (std::fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr)
    difference = std::stod(line.data());
  EXPECT_EQ(::pclose(pipe), 0);
  std::filesystem::remove(file);
  return difference;
}

TEST(Lstm, GivesTheProbabilitiesThatNumpyComputesFromItsStoredParameters) {
  EXPECT_LT(difference_from_numpy(trained(5, 40, 8), toy::windows(5, 7, 40, 3)), 1e-5);
}

TEST(Lstm, GivesThemForOtherWidthsToo) {
  EXPECT_LT(difference_from_numpy(trained(3, 12, 5), toy::windows(3, 50, 12, 3)), 1e-5);
}

TEST(Lstm, RefusesParametersOfAnotherShape) {
  TrainedModel model = trained(3, 12, 8);
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
