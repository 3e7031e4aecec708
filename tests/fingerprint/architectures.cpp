// Sizes and initial values of the published models, worked out by hand.
#include <gtest/gtest.h>

#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/models.hpp"

namespace ipet::fingerprint {
namespace {

std::size_t size_of(const std::string& name, const ModelShape& shape) {
  traffic::Random random(std::uint64_t{5});
  return Network(test::model(name), shape, Normalisation::none, random).values().size();
}

TEST(ParameterCount, OfLstmFor40SlotsAnd30Classes) {
  // One direction: 4 gates x (inputs + recurrent + bias) x 8. Inputs 4, then 16.
  constexpr std::size_t first = 2 * 4 * 8 * (4 + 8 + 1), second = 2 * 4 * 8 * (16 + 8 + 1);
  constexpr std::size_t dense = (16 + 1 + 1) * 128, output = (128 + 1) * 30;
  static_assert(first + second + dense + output == 8606);
  EXPECT_EQ(size_of("lstm", {40, 30}), 8606U);
}

TEST(ParameterCount, OfGruFor40SlotsAnd30Classes) {
  // 3 gates x (inputs + recurrent + two biases) x 32. Inputs 4, then 32.
  constexpr std::size_t first = 3 * 32 * (4 + 32 + 2), second = 3 * 32 * (32 + 32 + 2);
  constexpr std::size_t dense = (32 + 1 + 1) * 128, output = (128 + 1) * 30;
  static_assert(first + second + dense + output == 18'206);
  EXPECT_EQ(size_of("gru", {40, 30}), 18'206U);
}

TEST(ParameterCount, OfCnnFor40SlotsAnd30Classes) {
  // 40 slots, 38 and 36 behind the convolutions, 18 behind the pooling.
  constexpr std::size_t first = (3 * 4 + 1) * 64, second = (3 * 64 + 1) * 64;
  constexpr std::size_t dense = (18 * 64 + 1 + 1) * 100, output = (100 + 1) * 30;
  static_assert(first + second + dense + output == 131'614);
  EXPECT_EQ(size_of("cnn", {40, 30}), 131'614U);
}

TEST(ParameterCount, OfMlpFor40SlotsAnd30Classes) {
  constexpr std::size_t first = (4 + 1) * 128, second = (128 + 1) * 32;
  constexpr std::size_t dense = (40 * 32 + 1 + 1) * 100, output = (100 + 1) * 30;
  static_assert(first + second + dense + output == 135'998);
  EXPECT_EQ(size_of("mlp", {40, 30}), 135'998U);
}

TEST(ParameterCount, OfRecurrentModelsDoesNotDependOnTheSlots) {
  EXPECT_EQ(size_of("lstm", {5, 30}), 8606U);
  EXPECT_EQ(size_of("gru", {5, 30}), 18'206U);
}

TEST(Cnn, SaysHowManySlotsItNeeds) {
  EXPECT_GT(size_of("cnn", {6, 2}), 0U);
  try {
    size_of("cnn", {5, 2});
    FAIL() << "pooled one slot into nothing";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "model 'cnn' needs windows of at least 6 slots (two convolutions over 3 slots and a maximum "
                 "over 2), these have 5");
  }
}

double largest(const torch::Tensor& tensor) {
  return tensor.abs().max().item<double>();
}

void expect_glorot(const torch::Tensor& kernel, double inputs, double outputs) {
  const double limit = std::sqrt(6 / (inputs + outputs));
  EXPECT_LE(largest(kernel), limit);
  EXPECT_GT(largest(kernel), 0.9 * limit);
  EXPECT_LT(std::abs(kernel.mean().item<double>()), 0.2 * limit);
}

TEST(Initialisation, OfLstmIsGlorotOrthogonalAndRemembersAtFirst) {
  traffic::Random random(std::uint64_t{5});
  Network network(test::model("lstm"), {10, 3}, Normalisation::none, random);
  const auto parameters = network.model().named_parameters();
  expect_glorot(parameters["lstm_1.forward_kernel"], 4, 32);
  const torch::Tensor recurrent = parameters["lstm_2.backward_recurrent"];
  EXPECT_LT(largest(recurrent.mm(recurrent.t()) - torch::eye(8)), 1e-6);
  const torch::Tensor bias = parameters["lstm_1.forward_bias"];
  EXPECT_EQ(bias.narrow(0, 8, 8).sum().item<double>(), 8);
  EXPECT_EQ(bias.abs().sum().item<double>(), 8);
}

TEST(Initialisation, OfGruIsGlorotAndOrthogonal) {
  traffic::Random random(std::uint64_t{5});
  Network network(test::model("gru"), {10, 3}, Normalisation::none, random);
  const auto parameters = network.model().named_parameters();
  expect_glorot(parameters["gru_1.kernel"], 4, 96);
  const torch::Tensor recurrent = parameters["gru_2.recurrent"];
  EXPECT_LT(largest(recurrent.mm(recurrent.t()) - torch::eye(32)), 1e-6);
  EXPECT_EQ(largest(parameters["gru_1.bias"]), 0);
}

TEST(Initialisation, OfConvolutionsCountsTheWholeReceptiveField) {
  traffic::Random random(std::uint64_t{5});
  Network network(test::model("cnn"), {10, 3}, Normalisation::none, random);
  const auto parameters = network.model().named_parameters();
  expect_glorot(parameters["convolution_1.kernel"], 3 * 4, 3 * 64);
  expect_glorot(parameters["convolution_2.kernel"], 3 * 64, 3 * 64);
  EXPECT_EQ(largest(parameters["convolution_2.bias"]), 0);
}

TEST(Penalty, IsAHundredthOfTheSquaredInputKernelsOfTheFirstRecurrentLayer) {
  for (const char* name : {"lstm", "gru", "cnn", "mlp"}) {
    traffic::Random random(std::uint64_t{5});
    Network network(test::model(name), {10, 3}, Normalisation::none, random);
    double expected = 0;
    for (const auto& parameter : network.model().named_parameters())
      if (parameter.key() == "gru_1.kernel" ||
          (parameter.key().starts_with("lstm_1.") && parameter.key().ends_with("_kernel")))
        expected += 0.01 * parameter.value().square().sum().item<double>();
    EXPECT_NEAR(network.model().penalty().item<double>(), expected, 1e-5) << name;
    EXPECT_EQ(expected > 0, std::string(name) == "lstm" || std::string(name) == "gru");
  }
}

}  // namespace
}  // namespace ipet::fingerprint
