// Sets of devices, and what they are to keep to.
#pragma once

#include <cstddef>
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

}  // namespace ipet::defence
