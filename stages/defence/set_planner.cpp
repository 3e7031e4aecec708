#include "stages/defence/set_planner.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <optional>
#include <utility>

#include "stages/defence/set_penalty.hpp"
#include "stages/defence/set_search.hpp"

namespace ipet::defence {

using planning::exceeds;
using planning::Penalty;
using planning::penalty_of;
using planning::Set;

namespace {

Set members(std::uint32_t mask) {
  Set set;
  for (; mask != 0; mask &= mask - 1) set.push_back(static_cast<std::size_t>(std::countr_zero(mask)));
  return set;
}

/// The best of all partitions.
std::vector<Set> best_of_all(const std::vector<double>& rates, const SetOptions& options) {
  const std::uint32_t all = (1U << rates.size()) - 1;
  std::vector<Penalty> of_set(all + 1);
  for (std::uint32_t mask = 1; mask <= all; ++mask) of_set[mask] = penalty_of(members(mask), rates, options);
  std::vector<Penalty> best(all + 1);
  std::vector<std::uint32_t> choice(all + 1);
  for (std::uint32_t mask = 1; mask <= all; ++mask)
    // Some set holds the first device: go through all of them, the device alone among them.
    for (std::uint32_t set = mask; set != 0; set = (set - 1) & mask) {
      if ((set & mask & (~mask + 1)) == 0 || of_set[set].forbidden > 0) continue;
      const Penalty penalty = of_set[set] + best[mask ^ set];
      if (choice[mask] != 0 && !(penalty < best[mask])) continue;
      best[mask] = penalty;
      choice[mask] = set;
    }
  std::vector<Set> sets;
  for (std::uint32_t left = all; left != 0; left ^= choice[left]) sets.push_back(members(choice[left]));
  return sets;
}

SetPlan finished(std::vector<Set> sets, const std::vector<double>& rates) {
  std::ranges::sort(sets);
  SetPlan plan{std::move(sets), std::vector<std::size_t>(rates.size()), std::vector<double>(rates.size())};
  for (std::size_t set = 0; set < plan.sets.size(); ++set) {
    double sum = 0;
    for (const std::size_t device : plan.sets[set]) sum += rates[device];
    for (const std::size_t device : plan.sets[set]) {
      plan.set_of[device] = set;
      plan.cost[device] = plan.sets[set].size() == 1 ? 0 : sum - rates[device];
    }
  }
  return plan;
}

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value < 10 ? "%.2g" : "%.0f", value);
  return text.data();
}

std::string line_of(std::size_t position, const SetPlan& plan, const std::vector<std::string>& names) {
  const Set& set = plan.sets[position];
  std::string text = "set " + std::to_string(position + 1) + ": ";
  for (const std::size_t device : set)
    text += (device == set.front() ? "" : ", ") + names[device] + " (" + number(plan.cost[device]) + " B/s)";
  return text + "; a blind guess within it: 1/" + std::to_string(set.size());
}

/// What a device loses that has no set, or a small one.
std::string loss_of(std::size_t device, const SetPlan& plan, const std::vector<std::string>& names,
                    const std::vector<double>& rates, const SetOptions& options) {
  const Set& set = plan.sets[plan.set_of[device]];
  const std::string limit = number(options.budget) + " B/s";
  std::string text = names[device] + ": ";
  if (set.size() == 1)
    text += "no device shares a set with it within " + limit + ": its line stays recognisable";
  else
    text += "its set has " + std::to_string(set.size()) + " devices, fewer than the " +
            std::to_string(options.smallest_set) + " asked for: no other one fits within " + limit;
  std::optional<std::pair<double, std::size_t>> cheapest;
  for (std::size_t other = 0; other < rates.size(); ++other) {
    if (plan.set_of[other] == plan.set_of[device]) continue;
    const std::pair<double, std::size_t> pair(std::max(rates[device], rates[other]), other);
    if (!cheapest || pair < *cheapest) cheapest = pair;
  }
  if (!cheapest || set.size() > 1) return text;
  const std::size_t other = cheapest->second;
  return text + "; a set with " + names[other] + " would cost " + number(rates[device]) +
         " B/s on the line of " + names[other] + " and " + number(rates[other]) + " B/s on its own";
}

}  // namespace

SetPlan plan_sets(const std::vector<double>& rates, const SetOptions& options) {
  if (rates.empty()) return {};
  if (options.budget <= 0) {
    Set all(rates.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return finished({all}, rates);
  }
  const bool exactly = rates.size() <= most_devices_planned_exactly;
  return finished(exactly ? best_of_all(rates, options) : planning::search_sets(rates, options), rates);
}

SetPlan plan_again(const SetPlan& before, const std::vector<double>& rates, const SetOptions& options) {
  if (options.budget <= 0) return plan_sets(rates, options);
  const Penalty kept = penalty_of(before.sets, rates, options);
  if (kept.forbidden == 0 && before.sets.size() == 1) return finished(before.sets, rates);
  SetPlan fresh = plan_sets(rates, options);
  if (penalty_of(fresh.sets, rates, options).better_but_for_cost(kept)) return fresh;
  return finished(before.sets, rates);
}

std::vector<std::size_t> lightest_company(const SetPlan& plan, const std::vector<double>& rates,
                                          const SetOptions& options) {
  if (plan.sets.empty()) return {};
  const auto sum = [&](const Set& set) {
    double all = 0;
    for (const std::size_t device : set) all += rates[device];
    return all;
  };
  Set lightest = *std::ranges::min_element(
      plan.sets, {}, [&](const Set& set) { return std::pair(set.size() == 1, sum(set)); });
  if (options.budget <= 0) return lightest;
  std::ranges::stable_sort(lightest, {}, [&](std::size_t device) { return rates[device]; });
  while (exceeds(sum(lightest), options.budget)) lightest.pop_back();
  std::ranges::sort(lightest);
  return lightest;
}

std::vector<std::string> report_of(const SetPlan& plan, const std::vector<std::string>& names,
                                   const std::vector<double>& rates, const SetOptions& options) {
  std::vector<std::string> lines;
  for (std::size_t set = 0; set < plan.sets.size(); ++set) lines.push_back(line_of(set, plan, names));
  for (std::size_t device = 0; device < names.size(); ++device) {
    const std::size_t size = plan.sets[plan.set_of[device]].size();
    if (options.budget > 0 && size < options.smallest_set)
      lines.push_back(loss_of(device, plan, names, rates, options));
    else if (options.budget > 0 && exceeds(plan.cost[device], options.budget))
      lines.push_back(names[device] + ": over the budget of " + number(options.budget) + " B/s, at " +
                      number(plan.cost[device]) + " B/s: no set of " + std::to_string(options.smallest_set) +
                      " devices keeps it");
  }
  return lines;
}

}  // namespace ipet::defence
