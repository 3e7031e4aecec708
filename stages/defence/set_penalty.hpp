// What the set planner minimises.
#pragma once

#include <cstddef>
#include <tuple>
#include <vector>

#include "stages/defence/set_planner.hpp"

namespace ipet::defence::planning {

using Set = std::vector<std::size_t>;

/// Penalty of one set, or the sum over some; the less the better.
struct Penalty {
  std::size_t forbidden = 0;  ///< devices over a budget that is to be kept
  std::size_t lonely = 0, over_budget = 0, sets = 0;
  double cost = 0;

  Penalty operator+(const Penalty& other) const {
    return {forbidden + other.forbidden, lonely + other.lonely, over_budget + other.over_budget,
            sets + other.sets, cost + other.cost};
  }
  bool operator<(const Penalty& other) const {
    return std::tie(forbidden, lonely, over_budget, sets, cost) <
           std::tie(other.forbidden, other.lonely, other.over_budget, other.sets, other.cost);
  }
  [[nodiscard]] bool better_but_for_cost(const Penalty& other) const {
    return std::tie(forbidden, lonely, over_budget, sets) <
           std::tie(other.forbidden, other.lonely, other.over_budget, other.sets);
  }
  /// Whether it is better by more than what sums of rates differ by with the order of adding.
  [[nodiscard]] bool clearly_better(const Penalty& other) const;
};

/// Sums of rates differ in their last digits with the order of adding.
inline bool exceeds(double cost, double budget) {
  return cost > budget * (1 + 1e-12);
}

Penalty penalty_of(const Set& set, const std::vector<double>& rates, const SetOptions& options);
Penalty penalty_of(const std::vector<Set>& sets, const std::vector<double>& rates, const SetOptions& options);

}  // namespace ipet::defence::planning
