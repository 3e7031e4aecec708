// Puts devices into anonymity sets. On a line of a set, every other device of it is imitated: a device's
// cover costs the sum of the others' rates. A blind guess within a set is right with probability 1 / its
// size; who tells imitations from their originals does better, so that this bounds nobody.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ipet::defence {

struct SetOptions {
  /// Limit on cover per device, in the unit of the rates; 0: none, all devices form one set.
  double budget = 0;
  std::size_t smallest_set = 2;
  /// What becomes of a device that no set of that size takes within the budget. true: it stays in a smaller
  /// set, mostly alone; false: it gets a set that breaks the budget.
  bool keep_budget = true;
};

struct SetPlan {
  std::vector<std::vector<std::size_t>> sets;  ///< positions, ascending; sets in the order of their first one
  std::vector<std::size_t> set_of;             ///< by device
  std::vector<double> cost;                    ///< by device: the others' rates

  bool operator==(const SetPlan&) const = default;
};

/// Up to so many devices the plan is the best of all partitions (dynamic programming over subsets); beyond, a
/// good one (set_search.hpp).
inline constexpr std::size_t most_devices_planned_exactly = 12;

/// The partition that is best in these respects, an earlier one before a later one:
///   1. fewest devices in sets smaller than `smallest_set`;
///   2. fewest devices whose cost is above the budget (with `keep_budget` always none: other partitions do
///   not
///      count, and a device alone costs nothing);
///   3. fewest sets: blind guesses within them are right with a mean over devices of sets / devices;
///   4. least total cost.
/// Rates are finite and not negative.
SetPlan plan_sets(const std::vector<double>& rates, const SetOptions& options);

/// The plan of a later day for the same devices: the sets of `before`, unless the budget forbids them now or
/// plan_sets is better in one of the first three respects.
SetPlan plan_again(const SetPlan& before, const std::vector<double>& rates, const SetOptions& options);

/// The devices that the line of a device in no set carries, ascending: of the sets with at least two devices
/// (of all, if there is none) that with the least sum of rates. Where that is above the budget, its lightest
/// devices within it.
std::vector<std::size_t> lightest_company(const SetPlan& plan, const std::vector<double>& rates,
                                          const SetOptions& options);

/// One line per set, and one per device that is in a set smaller than `smallest_set` or over budget: what
/// that means, and what the cheapest set with another device would cost. Rates in bytes of payload per
/// second.
std::vector<std::string> report_of(const SetPlan& plan, const std::vector<std::string>& names,
                                   const std::vector<double>& rates, const SetOptions& options);

}  // namespace ipet::defence
