#include "stages/chorus/set_planner.hpp"

#include <numeric>
#include <optional>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"

namespace ipet::defence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Sets = std::vector<std::vector<std::size_t>>;
/// As the header says: lonely, over budget, sets, cost.
using Objective = std::tuple<std::size_t, std::size_t, std::size_t, double>;

/// Recomputed from the definition; none where the budget forbids the partition.
std::optional<Objective> objective(const Sets& sets, const std::vector<double>& rates,
                                   const SetOptions& options) {
  std::size_t lonely = 0, over = 0;
  double total = 0;
  for (const auto& set : sets) {
    if (set.size() < options.smallest_set) lonely += set.size();
    for (const std::size_t device : set) {
      double cost = 0;
      for (const std::size_t other : set)
        if (other != device) cost += rates[other];
      total += cost;
      if (cost > options.budget + 1e-9) ++over;
    }
  }
  if (options.keep_budget && over > 0) return std::nullopt;
  return Objective(lonely, over, sets.size(), total);
}

/// Every partition: each device joins one of the sets before it, or begins one.
template <class Visit>
void all_partitions(std::size_t device, std::size_t count, Sets& sets, const Visit& visit) {
  if (device == count) return visit(sets);
  for (std::size_t set = 0; set < sets.size(); ++set) {
    sets[set].push_back(device);
    all_partitions(device + 1, count, sets, visit);
    sets[set].pop_back();
  }
  sets.push_back({device});
  all_partitions(device + 1, count, sets, visit);
  sets.pop_back();
}

void expect_close(const Objective& found, const Objective& best) {
  EXPECT_EQ(std::get<0>(found), std::get<0>(best));
  EXPECT_EQ(std::get<1>(found), std::get<1>(best));
  EXPECT_EQ(std::get<2>(found), std::get<2>(best));
  EXPECT_NEAR(std::get<3>(found), std::get<3>(best), 1e-6);
}

TEST(SetPlanner, finds_the_best_of_all_partitions_of_small_homes) {
  const std::uint64_t seed = 31;
  traffic::Random random(seed);
  for (int repeat = 0; repeat < 60; ++repeat) {
    const std::size_t count = 1 + random.below(7);
    std::vector<double> rates(count);
    for (double& rate : rates) rate = std::round(std::exp(random.uniform(0, 5)));
    const SetOptions options{std::exp(random.uniform(0, 6)), 1 + random.below(4), random.below(2) == 0};
    SCOPED_TRACE("seed " + std::to_string(seed) + ", repeat " + std::to_string(repeat));

    std::optional<Objective> best;
    Sets sets;
    all_partitions(0, count, sets, [&](const Sets& partition) {
      const auto found = objective(partition, rates, options);
      if (found && (!best || *found < *best)) best = found;
    });
    const SetPlan plan = plan_sets(rates, options);
    const auto found = objective(plan.sets, rates, options);
    ASSERT_TRUE(found && best);
    expect_close(*found, *best);
  }
}

TEST(SetPlanner, puts_all_devices_into_one_set_without_a_budget) {
  const SetPlan plan = plan_sets({5, 1, 2}, {});
  EXPECT_EQ(plan.sets, (Sets{{0, 1, 2}}));
  EXPECT_THAT(plan.cost, ElementsAre(3, 7, 6));
}

TEST(SetPlanner, keeps_a_streaming_camera_alone_rather_than_break_the_budget) {
  const std::vector<double> rates = {3, 100'000, 2, 4};
  const SetOptions options{150, 2, true};
  const SetPlan plan = plan_sets(rates, options);
  EXPECT_EQ(plan.sets, (Sets{{0, 2, 3}, {1}}));
  EXPECT_THAT(plan.cost, ElementsAre(6, 0, 7, 5));
  EXPECT_THAT(
      report_of(plan, {"bulb", "camera", "lock", "plug"}, rates, options),
      ElementsAre("set 1: bulb (6 B/s), lock (7 B/s), plug (5 B/s); a blind guess within it: 1/3",
                  "set 2: camera (0 B/s); a blind guess within it: 1/1",
                  "camera: no device shares a set with it within 150 B/s: its line stays recognisable; a "
                  "set with bulb would cost 100000 B/s on the line of bulb and 3 B/s on its own"));
}

TEST(SetPlanner, breaks_the_budget_for_as_few_devices_as_possible_where_it_may) {
  const std::vector<double> rates = {3, 100'000, 2, 4};
  const SetOptions options{150, 2, false};
  const SetPlan plan = plan_sets(rates, options);
  // The camera's companion pays; the lightest two stay together.
  EXPECT_EQ(plan.sets.size(), 2U);
  EXPECT_EQ(plan.sets[plan.set_of[1]].size(), 2U);
  const auto report = report_of(plan, {"bulb", "camera", "lock", "plug"}, rates, options);
  EXPECT_THAT(report.back(), HasSubstr("over the budget of 150 B/s, at 100000 B/s"));
}

TEST(SetPlanner, says_when_a_set_is_smaller_than_asked_for) {
  const std::vector<double> rates = {90, 100, 1'000};
  const SetOptions options{110, 3, true};
  const auto report = report_of(plan_sets(rates, options), {"a", "b", "c"}, rates, options);
  EXPECT_THAT(report, testing::Contains(HasSubstr("a: its set has 2 devices, fewer than the 3 asked for")));
}

TEST(SetPlanner, keeps_the_budget_in_large_homes_with_neighbouring_rates_in_a_set) {
  const std::uint64_t seed = 32;
  traffic::Random random(seed);
  std::vector<double> rates(40);
  for (double& rate : rates) rate = std::exp(random.uniform(0, 5));
  const SetOptions options{300, 3, true};
  const SetPlan plan = plan_sets(rates, options);
  std::size_t devices = 0;
  for (const auto& set : plan.sets) devices += set.size();
  EXPECT_EQ(devices, rates.size());
  for (std::size_t device = 0; device < rates.size(); ++device) {
    EXPECT_LE(plan.cost[device], 300 + 1e-9);
    EXPECT_GE(plan.sets[plan.set_of[device]].size(), 3U) << "seed " << seed;
  }
}

TEST(SetPlanner, keeps_the_sets_of_yesterday_where_today_only_the_cost_would_be_less) {
  const SetOptions options{15, 2, true};
  const SetPlan yesterday = plan_sets({1, 2, 3, 10, 11}, options);
  ASSERT_EQ(yesterday.sets, (Sets{{0, 1, 2}, {3, 4}}));
  const std::vector<double> today = {10, 2, 3, 1, 11};
  ASSERT_NE(plan_sets(today, options).sets, yesterday.sets);
  const SetPlan kept = plan_again(yesterday, today, options);
  EXPECT_EQ(kept.sets, yesterday.sets);
  EXPECT_THAT(kept.cost, ElementsAre(5, 13, 12, 11, 1));
}

TEST(SetPlanner, plans_anew_where_the_budget_forbids_yesterdays_sets_or_fewer_or_fuller_ones_are_possible) {
  const SetOptions options{15, 2, true};
  const SetPlan yesterday = plan_sets({1, 2, 3, 10, 11}, options);
  for (const std::vector<double>& today :
       {std::vector<double>{14, 2, 3, 1, 11}, {1, 2, 3, 4, 5}, {1, 2, 3, 16, 11}})
    EXPECT_EQ(plan_again(yesterday, today, options), plan_sets(today, options));
  const SetPlan lonely = plan_sets({1, 2, 90}, options);
  EXPECT_EQ(plan_again(lonely, {1, 2, 9}, options).sets, (Sets{{0, 1, 2}}));
}

TEST(SetPlanner, gives_strangers_the_company_with_the_least_traffic) {
  const SetOptions options{100, 2, true};
  const std::vector<double> rates = {50, 50, 30, 30, 30, 5};
  // A set of one costs nobody anything, but hides little.
  const SetPlan plan{{{0, 1}, {2, 3, 4}, {5}}, {0, 0, 1, 1, 1, 2}, {50, 50, 60, 60, 60, 0}};
  EXPECT_THAT(lightest_company(plan, rates, options), ElementsAre(2, 3, 4));
  EXPECT_THAT(lightest_company(plan, {50, 50, 20, 41, 30, 5}, {85, 2, true}), ElementsAre(2, 4));
  EXPECT_THAT(lightest_company(plan, rates, {20, 2, true}), ElementsAre());
  EXPECT_THAT(lightest_company({{{0}, {1}}, {0, 1}, {0, 0}}, {9, 8}, options), ElementsAre(1));
  EXPECT_THAT(lightest_company(plan_sets({1, 2}, {}), {1, 2}, {}), ElementsAre(0, 1));
  EXPECT_THAT(lightest_company({}, {}, options), ElementsAre());
}

TEST(SetPlanner, plans_nothing_for_nobody) {
  EXPECT_THAT(plan_sets({}, {100, 2, true}).sets, ElementsAre());
}

}  // namespace
}  // namespace ipet::defence
