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

/// The definition of delta, by Simpson's rule: what densities of N(0, noise^2) and N(1, noise^2) in
/// `releases` dimensions differ by, beyond a factor exp(epsilon). Along the line through both means all is
/// decided.
double delta_by_integration(double noise, double releases, double epsilon) {
  const double distance = std::sqrt(releases) / noise;
  const auto excess = [&](double x) {
    const double apart = std::exp(-(x - distance) * (x - distance) / 2);
    return std::max(0.0, apart - std::exp(epsilon - x * x / 2)) / std::sqrt(2 * std::numbers::pi);
  };
  const double begin = distance / 2 + epsilon / distance, end = distance + 40;
  const int steps = 200'000;
  const double step = (end - begin) / steps;
  double sum = excess(begin) + excess(end);
  for (int i = 1; i < steps; ++i) sum += (i % 2 == 1 ? 4 : 2) * excess(begin + i * step);
  return sum * step / 3;
}

TEST(PrivacyAccounting, gives_the_delta_of_the_definition) {
  for (const double noise : {0.7, 2.0, 10.0, 55.0})
    for (const std::uint64_t releases : {1U, 10U, 600U})
      for (const double epsilon : {0.5, 4.0, 16.0}) {
        const double expected = delta_by_integration(noise, static_cast<double>(releases), epsilon);
        EXPECT_NEAR(gaussian_delta(noise, releases, epsilon), expected, 1e-6 * expected + 1e-280)
            << noise << ' ' << releases << ' ' << epsilon;
      }
}

// dp-accounting 0.6.0, its accountant of privacy losses, at delta 1e-6 and ten releases.
TEST(PrivacyAccounting, needs_the_noise_that_dp_accounting_finds) {
  EXPECT_NEAR(noise_multiplier_for(1, 10, 1e-6), 13.36, 0.005);
  EXPECT_NEAR(noise_multiplier_for(4, 10, 1e-6), 3.774, 0.0005);
  EXPECT_NEAR(noise_multiplier_for(16, 10, 1e-6), 1.166, 0.0005);
}

TEST(PrivacyAccounting, finds_the_least_noise_for_all_that_the_options_allow) {
  for (const double epsilon : {1e-3, 1.0, 30.0, 1e3})
    for (const std::uint64_t releases : {1ULL, 10ULL, 86'400'000ULL})
      for (const double delta : {1e-15, 1e-6, 0.1}) {
        const double noise = noise_multiplier_for(epsilon, releases, delta);
        EXPECT_LE(gaussian_delta(noise, releases, epsilon), delta);
        EXPECT_GT(gaussian_delta(noise * (1 - 2e-6), releases, epsilon), delta);
      }
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
