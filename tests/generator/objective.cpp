// The tensors of generator training: the bounded objective, and rows that are whole forwards and smooth
// backwards.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/generator/device_trainer.hpp"

namespace ipet::generator {
namespace {

TEST(Objective, IsTheCrossEntropyOfTheTrueClass) {
  // softmax(0, log 3) = (1/4, 3/4)
  const torch::Tensor logits = torch::tensor({{0.0F, std::log(3.0F)}, {0.0F, std::log(3.0F)}});
  const torch::Tensor label = torch::tensor({std::int64_t{0}, std::int64_t{1}});
  EXPECT_NEAR(bounded_cross_entropy(logits, label).item<double>(), (std::log(4.0) + std::log(4.0 / 3)) / 2,
              1e-6);
}

TEST(Objective, IsBoundedAt16Point1AndHasNoGradientBeyond) {
  const torch::Tensor logits = torch::tensor({{-60.0F, 60.0F}}).set_requires_grad(true);
  const torch::Tensor label = torch::tensor({std::int64_t{0}});
  const torch::Tensor loss = bounded_cross_entropy(logits, label);
  EXPECT_NEAR(loss.item<double>(), 16.1181, 1e-3);  // -ln 1e-7
  const auto gradient = torch::autograd::grad({loss}, {logits});
  EXPECT_EQ(gradient[0].abs().sum().item<double>(), 0);
}

GeneratorSet limits(const std::string& rows) {
  GeneratorSet set;
  set.max_packets_per_omega = 4;
  set.max_payload_per_omega = 100;
  set.rows = rows;
  set.minimum_size = 40;
  return set;
}

std::vector<float> numbers(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

TEST(Objective, RowsAreWholeForwardsAndSmoothBackwards) {
  // times (4, 100): (1.2, 20.3), (0.4, 50)
  const torch::Tensor activation = torch::tensor({{0.3F, 0.203F, 0.1F, 0.5F}}).set_requires_grad(true);
  const torch::Tensor free = rows_of(activation, limits("free"), true);
  EXPECT_EQ(numbers(free), (std::vector<float>{1, 20, 0, 50}));
  // One packet needs 40 bytes; no packets, no bytes.
  EXPECT_EQ(numbers(rows_of(activation, limits("feasible"), true)), (std::vector<float>{1, 40, 0, 0}));
  const std::vector<float> unrounded = numbers(rows_of(activation, limits("feasible"), false));
  EXPECT_NEAR(unrounded[0], 1.2, 1e-5);
  EXPECT_NEAR(unrounded[3], 50, 1e-4);
  const auto gradient = torch::autograd::grad({free.sum()}, {activation});
  EXPECT_EQ(numbers(gradient[0]), (std::vector<float>{4, 100, 4, 100}));
}

TEST(Objective, AGeneratorHas3360ParametersFor40Slots) {
  const Generator generator = fresh_generator(40, traffic::Random(1));
  EXPECT_EQ(generator.weight.size() + generator.bias.size(), 3360U);
}

TEST(Objective, AFreshGeneratorHasGlorotWeightsAndNoBias) {
  const Generator generator = fresh_generator(40, traffic::Random(1));
  // Uniform in +-a, a = sqrt(6 / (20 + 160)) = 0.182574; its variance is a^2 / 3 = 1 / 90.
  double squares = 0, largest = 0;
  for (const float w : generator.weight) {
    squares += double{w} * double{w};
    largest = std::max(largest, std::abs(double{w}));
  }
  EXPECT_LE(largest, 0.182575);
  EXPECT_GT(largest, 0.18);
  EXPECT_NEAR(squares / static_cast<double>(generator.weight.size()), 1.0 / 90, 0.05 / 90);
  EXPECT_EQ(generator.bias, std::vector<float>(160, 0.0F));
}

}  // namespace
}  // namespace ipet::generator
