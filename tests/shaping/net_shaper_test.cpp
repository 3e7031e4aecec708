#include <cmath>
#include <map>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/padding/netshaper.hpp"
#include "stages/padding/privacy_accounting.hpp"
#include "tests/shaping/shaping.hpp"

namespace ipet::defence::test {
namespace {

/// The definition, over a grid of alpha.
double least_epsilon(double noise, double releases, double delta) {
  double least = 1e300;
  for (double alpha = 1.0001; alpha < 1e4; alpha *= 1.0005)
    least = std::min(least, releases * alpha / (2 * noise * noise) + std::log(1 / delta) / (alpha - 1));
  return least;
}

TEST(PrivacyAccounting, gives_the_least_renyi_bound) {
  for (const double noise : {2.0, 10.0, 55.0})
    for (const std::uint64_t releases : {1U, 10U, 600U}) {
      const double expected = least_epsilon(noise, static_cast<double>(releases), 1e-6);
      EXPECT_NEAR(gaussian_epsilon(noise, releases, 1e-6), expected, 1e-3 * expected);
    }
}

TEST(PrivacyAccounting, finds_the_noise_that_keeps_to_epsilon) {
  for (const double epsilon : {1.0, 4.0, 16.0})
    EXPECT_NEAR(gaussian_epsilon(noise_multiplier_for(epsilon, 10, 1e-6), 10, 1e-6), epsilon, 1e-9);
}

TEST(Netshaper, sends_the_queue_plus_noise_of_the_right_size) {
  NetshaperOptions options;
  options.sensitivity = 100;
  const std::uint64_t seed = 20;
  Netshaper shaper(options, traffic::StreamKey(seed));
  // Half of the noise is cut off at 0: the mean of what is left over is sigma / sqrt(2 pi).
  const auto cells = run(shaper, {packet(0, 0)}, 10'000);
  const double mean = static_cast<double>(sums_of(cells, Direction::out).bytes) / 1e5;
  const double sigma = 100 * noise_multiplier_for(4, 10, 1e-6);
  EXPECT_NEAR(mean, sigma / std::sqrt(2 * std::numbers::pi) - 0.25, 0.01 * sigma) << "seed " << seed;
}

TEST(Netshaper, loses_no_byte_and_keeps_to_the_largest_amount) {
  NetshaperOptions options;
  options.largest = 3'000;
  const std::uint64_t seed = 20;
  Netshaper shaper(options, traffic::StreamKey(seed));
  std::vector<DevicePacket> user;
  for (int i = 0; i < 200; ++i) user.push_back(packet(0.013 * i, 1'400));
  const auto cells = run(shaper, user, 60);
  EXPECT_EQ(sums_of(cells, Direction::out).user, 280'000U) << "seed " << seed;
  std::map<Nanoseconds, std::uint32_t> sent;
  for (const Cell& cell : cells) {
    ASSERT_LE(cell.size, largest_cell);
    ASSERT_EQ(cell.time % at(0.1), 0);
    if (cell.direction == Direction::out) sent[cell.time] += cell.size;
  }
  for (const auto& [time, bytes] : sent) ASSERT_LE(bytes, 3'000U);
}

}  // namespace
}  // namespace ipet::defence::test
