#include "stages/chorus/set_search.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"

namespace ipet::defence {
namespace {

using planning::Penalty;
using planning::penalty_of;
using planning::search_sets;
using planning::Set;

/// Homes as they are: many devices send little, a few send much.
struct Home {
  std::vector<double> rates;
  SetOptions options;
};
Home random_home(std::size_t devices, traffic::Random& random) {
  Home home;
  const double spread = random.uniform(1, 7);
  for (std::size_t i = 0; i < devices; ++i) home.rates.push_back(std::exp(random.uniform(0, spread)));
  double sum = 0;
  for (const double rate : home.rates) sum += rate;
  home.options = {sum * random.uniform(0.05, 0.8), 2 + random.below(3), random.below(4) != 0};
  return home;
}

void expect_partition(const std::vector<Set>& sets, std::size_t devices) {
  Set all;
  for (const Set& set : sets) {
    EXPECT_FALSE(set.empty());
    all.insert(all.end(), set.begin(), set.end());
  }
  std::ranges::sort(all);
  ASSERT_EQ(all.size(), devices);
  for (std::size_t i = 0; i < devices; ++i) ASSERT_EQ(all[i], i);
}

TEST(SetSearch, spreads_heavy_devices_over_sets_of_light_ones) {
  std::vector<double> rates(10, 20);
  rates.resize(15, 90);
  const SetOptions options{150, 3, true};
  const auto sets = search_sets(rates, options);
  expect_partition(sets, 15);
  // Two heavy ones and a light one cost that 180. So each of the five has a set of its own, with two light
  // ones: all of neighbours by rate leave four alone.
  const Penalty found = penalty_of(sets, rates, options);
  EXPECT_EQ(found.forbidden, 0U);
  EXPECT_EQ(found.lonely, 0U);
  EXPECT_EQ(found.sets, 5U);
  EXPECT_EQ(plan_sets(rates, options).sets.size(), 5U);
}

// 97.4 % of 1,000 homes with this seed, and 98.8 % but for the cost; of neighbours by rate alone
// 65.5 % and 68.5 %.
TEST(SetSearch, mostly_finds_the_best_of_all_partitions_of_twelve_devices) {
  const std::uint64_t seed = 33;
  traffic::Random random(seed);
  constexpr int repeats = 20;
  int best = 0, but_for_cost = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const Home home = random_home(12, random);
    const auto sets = search_sets(home.rates, home.options);
    expect_partition(sets, 12);
    const Penalty found = penalty_of(sets, home.rates, home.options);
    const Penalty exact = penalty_of(plan_sets(home.rates, home.options).sets, home.rates, home.options);
    EXPECT_FALSE(found.clearly_better(exact)) << "seed " << seed << ", repeat " << repeat;
    EXPECT_EQ(found.forbidden, 0U);
    best += !exact.clearly_better(found);
    but_for_cost += !exact.better_but_for_cost(found);
  }
  RecordProperty("best", best);
  RecordProperty("best_but_for_cost", but_for_cost);
  EXPECT_GE(best, repeats * 8 / 10) << "seed " << seed;
  EXPECT_GE(but_for_cost, repeats * 9 / 10) << "seed " << seed;
}

#ifdef __SANITIZE_ADDRESS__
constexpr double seconds_allowed = 10;
#else
constexpr double seconds_allowed = 1;
#endif

TEST(SetSearch, plans_fifty_devices_at_once_and_the_same_every_time) {
  const std::uint64_t seed = 34;
  traffic::Random random(seed);
  for (int repeat = 0; repeat < 1; ++repeat) {
    const Home home = random_home(50, random);
    const auto begin = std::chrono::steady_clock::now();
    const SetPlan plan = plan_sets(home.rates, home.options);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(taken.count(), seconds_allowed) << "seed " << seed << ", repeat " << repeat;
    expect_partition(plan.sets, 50);
    EXPECT_EQ(plan_sets(home.rates, home.options), plan);
  }
}

}  // namespace
}  // namespace ipet::defence
