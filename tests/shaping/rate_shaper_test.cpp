#include "stages/padding/rate_shaper.hpp"

#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/shaping/shaping.hpp"

namespace ipet::defence::test {
namespace {

RateOptions constant(double start_probability) {
  RateOptions options;
  options.start_probability = start_probability;
  return options;
}

/// Bytes of both directions by period, of periods in which anything left.
std::map<Nanoseconds, std::uint64_t> by_period(const std::vector<Cell>& cells) {
  std::map<Nanoseconds, std::uint64_t> bytes;
  for (const Cell& cell : cells) bytes[period_begin(cell.time, traffic::second)] += cell.size;
  return bytes;
}

TEST(RateShaper, sends_user_data_first_and_shares_the_rest_between_the_directions) {
  RateShaper shaper(constant(0), traffic::StreamKey(1));
  const auto cells = run(shaper, {packet(0.75, 300, Direction::in)}, 5);
  // 1000 bytes per tick from the first tick with data to the end of its second.
  const std::vector<Cell> expected = {{at(0.8), Direction::in, 300, 300, 0},
                                      {at(0.8), Direction::out, 350, 0, 0},
                                      {at(0.8), Direction::in, 350, 0, 0},
                                      {at(0.9), Direction::out, 500, 0, 0},
                                      {at(0.9), Direction::in, 500, 0, 0}};
  EXPECT_EQ(cells, expected);
}

TEST(RateShaper, keeps_the_order_of_arrival_and_carries_what_does_not_fit_to_the_next_tick) {
  RateShaper shaper(constant(0), traffic::StreamKey(1));
  const auto cells = run(shaper, {packet(0.71, 900), packet(0.72, 400, Direction::in)}, 0.95);
  const std::vector<Cell> expected = {{at(0.8), Direction::out, 900, 900, 0},
                                      {at(0.8), Direction::in, 100, 100, 0},
                                      {at(0.9), Direction::in, 300, 300, 0},
                                      {at(0.9), Direction::out, 350, 0, 0},
                                      {at(0.9), Direction::in, 350, 0, 0}};
  EXPECT_EQ(cells, expected);
}

TEST(RateShaper, pads_idle_seconds_with_the_given_probability) {
  const std::uint64_t seed = 20;
  RecordProperty("seed", std::to_string(seed));
  RateShaper shaper(constant(0.2112), traffic::StreamKey(seed));
  const auto bytes = by_period(run(shaper, {packet(0.05, 1)}, 20'001));
  for (const auto& [begin, sum] : bytes)
    EXPECT_EQ(sum, begin == 0 ? 9'000U : 10'000U);  // the first has 9 ticks
  EXPECT_NEAR(static_cast<double>(bytes.size()) / 20'000, 0.2112, 4 * std::sqrt(0.2112 * 0.7888 / 20'000))
      << "seed " << seed;
}

TEST(RateShaper, draws_a_rate_for_every_five_seconds) {
  RateOptions options = constant(1);
  options.mean = 12'500;
  options.deviation = 2'000;
  const std::uint64_t seed = 21;
  RateShaper shaper(options, traffic::StreamKey(seed));
  double sum = 0, squares = 0;
  std::map<Nanoseconds, std::uint64_t> rates;
  for (const auto& [begin, bytes] : by_period(run(shaper, {packet(0, 1)}, 50'000))) {
    if (begin < 5 * traffic::second) continue;
    const Nanoseconds five = period_begin(begin, 5 * traffic::second);
    const auto [rate, fresh] = rates.try_emplace(five, bytes);
    EXPECT_NEAR(static_cast<double>(rate->second), static_cast<double>(bytes), 1);  // fractions of a byte
    if (!fresh) continue;
    sum += static_cast<double>(bytes);
    squares += static_cast<double>(bytes) * static_cast<double>(bytes);
  }
  const auto n = static_cast<double>(rates.size());
  EXPECT_EQ(rates.size(), 9'999U);
  EXPECT_NEAR(sum / n, 12'500, 4 * 2'000 / std::sqrt(n)) << "seed " << seed;
  EXPECT_NEAR(std::sqrt(squares / n - sum / n * (sum / n)), 2'000, 80) << "seed " << seed;
}

TEST(RateShaper, of_random_plus_draws_one_mean_for_each_line) {
  RateOptions options = constant(1);
  options.lowest = 5'000;
  options.highest = 40'000;
  double lowest = 1e9, highest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RateShaper shaper(options, traffic::StreamKey(seed));
    const auto bytes = by_period(run(shaper, {packet(0, 1)}, 3));
    const auto mean = static_cast<double>(bytes.at(traffic::second));
    EXPECT_NEAR(mean, static_cast<double>(bytes.at(2 * traffic::second)), 1);
    lowest = std::min(lowest, mean);
    highest = std::max(highest, mean);
  }
  EXPECT_GE(lowest, 4'999);
  EXPECT_LT(lowest, 7'000);
  EXPECT_LE(highest, 40'000);
  EXPECT_GT(highest, 38'000);
}

TEST(RateShaper, as_published_grants_bytes_in_one_second_of_five) {
  RateOptions options = constant(1);
  options.published_defects = true;
  RateShaper shaper(options, traffic::StreamKey(1));
  const auto bytes = by_period(run(shaper, {packet(99.95, 1)}, 200));
  EXPECT_EQ(bytes.size(), 20U);
  for (const auto& [begin, sum] : bytes) {
    EXPECT_EQ(begin % (5 * traffic::second), 0);
    EXPECT_EQ(sum, 10'000U);
  }
}

TEST(RateShaper, as_published_turns_round_what_does_not_fit_and_sends_it_last) {
  RateOptions options = constant(0);
  options.published_defects = true;
  RateShaper shaper(options, traffic::StreamKey(1));
  const auto cells = run(shaper, {packet(99.96, 1'300), packet(99.97, 200, Direction::in)}, 100.15);
  const std::vector<Cell> expected = {{at(100.0), Direction::out, 1'000, 1'000, 0},
                                      {at(100.1), Direction::in, 200, 200, 0},
                                      {at(100.1), Direction::in, 300, 0, 300},
                                      {at(100.1), Direction::out, 250, 0, 0},
                                      {at(100.1), Direction::in, 250, 0, 0}};
  EXPECT_EQ(cells, expected);
}

}  // namespace
}  // namespace ipet::defence::test
