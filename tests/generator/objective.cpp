// What a generator is trained on: the bounded objective, and rows that are whole forwards and smooth
// backwards.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "stages/generator/kernel.hpp"
#include "stages/generator_training/device_trainer.hpp"

namespace ipet::generator {
namespace {

TEST(Objective, IsTheCrossEntropyOfTheTrueClass) {
  // softmax(0, log 3) = (1/4, 3/4)
  const std::vector<float> logits = {0, std::log(3.0F), 5, 5 + std::log(3.0F)};
  std::vector<float> gradient(4);
  EXPECT_NEAR(bounded_cross_entropy(logits, 2, 0, gradient), 2 * std::log(4.0), 1e-6);
  // Of minus the mean of two rows: ([k = label] - p_k) / 2.
  const float expected[] = {0.375F, -0.375F, 0.375F, -0.375F};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(gradient[i], expected[i], 1e-6);
  EXPECT_NEAR(bounded_cross_entropy(logits, 2, 1, gradient), 2 * std::log(4.0 / 3), 1e-6);
  EXPECT_NEAR(gradient[0], -0.125, 1e-6);
}

TEST(Objective, IsBoundedAt16Point1AndHasNoGradientBeyond) {
  const std::vector<float> logits = {-60, 60};
  std::vector<float> gradient(2, 1.0F);
  EXPECT_NEAR(bounded_cross_entropy(logits, 2, 0, gradient), 16.1181, 1e-3);  // -ln 1e-7
  EXPECT_EQ(gradient, (std::vector<float>{0, 0}));
  // Nor where the class is certain: p is above 1 - 1e-7.
  EXPECT_NEAR(bounded_cross_entropy(logits, 2, 1, gradient), 1e-7, 1e-8);
  EXPECT_EQ(gradient, (std::vector<float>{0, 0}));
}

TEST(Objective, IsNotFiniteWhereALogitIsNot) {
  std::vector<float> gradient(3);
  for (const float bad : {NAN, INFINITY}) {
    for (std::size_t at = 0; at < 3; ++at) {
      std::vector<float> logits = {1, 2, 3};
      logits[at] = bad;
      EXPECT_FALSE(std::isfinite(bounded_cross_entropy(logits, 3, 0, gradient))) << bad << " at " << at;
    }
  }
}

std::vector<float> added(const std::string& rows, bool whole) {
  const std::vector<float> activation = {0.3F, 0.203F, 0.1F, 0.5F};
  std::vector<float> windows = {10, 20, 30, 40};
  add_rows({4, 100, {4, 100, rows == "feasible", 40}}, whole, activation.data(), 4, windows.data());
  for (std::size_t i = 0; i < 4; ++i) windows[i] -= 10 * static_cast<float>(i + 1);
  return windows;
}

TEST(Objective, RowsAreWholeForwards) {
  // times (4, 100): (1.2, 20.3), (0.4, 50)
  EXPECT_EQ(added("free", true), (std::vector<float>{1, 20, 0, 50}));
  // One packet needs 40 bytes; no packets, no bytes.
  EXPECT_EQ(added("feasible", true), (std::vector<float>{1, 40, 0, 0}));
  const std::vector<float> unrounded = added("feasible", false);
  EXPECT_NEAR(unrounded[0], 1.2, 1e-5);
  EXPECT_NEAR(unrounded[3], 50, 1e-4);
}

TEST(Objective, RowsAreSmoothBackwards) {
  // d(limit sigmoid(s)) / ds = limit a (1 - a), for packets and bytes in turn, rounded or not.
  const std::vector<float> activation = {0.3F, 0.203F, 0.1F, 0.5F};
  std::vector<float> of_rows = {1, 1, 2, 1}, z(latent_size), result((latent_size + 1) * 4);
  z[3] = 0.5F;
  gradients({4, 100, {4, 100, true, 40}}, z.data(), activation.data(), 1, 4, of_rows.data(), result.data());
  const float of_sums[] = {0.84F, 16.1791F, 0.72F, 25};
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_NEAR(of_rows[j], of_sums[j], 1e-4);
    EXPECT_NEAR(result[3 * 4 + j], 0.5F * of_sums[j], 1e-4) << "weight";
    EXPECT_EQ(result[4 * 4 + j], 0) << "weight of a z of 0";
    EXPECT_NEAR(result[latent_size * 4 + j], of_sums[j], 1e-4) << "bias";
  }
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
