#include "stages/chorus/set_penalty.hpp"

namespace ipet::defence::planning {

bool Penalty::clearly_better(const Penalty& other) const {
  if (better_but_for_cost(other)) return true;
  return !other.better_but_for_cost(*this) && cost < other.cost * (1 - 1e-9);
}

Penalty penalty_of(const Set& set, const std::vector<double>& rates, const SetOptions& options) {
  double sum = 0;
  for (const std::size_t device : set) sum += rates[device];
  Penalty penalty{0, set.size() < options.smallest_set ? set.size() : 0, 0, set.empty() ? 0U : 1U, 0};
  for (const std::size_t device : set) {
    const double cost = set.size() == 1 ? 0 : sum - rates[device];
    penalty.cost += cost;
    if (exceeds(cost, options.budget)) ++penalty.over_budget;
  }
  if (options.keep_budget) penalty.forbidden = penalty.over_budget;
  return penalty;
}

Penalty penalty_of(const std::vector<Set>& sets, const std::vector<double>& rates,
                   const SetOptions& options) {
  Penalty all;
  for (const Set& set : sets) all = all + penalty_of(set, rates, options);
  return all;
}

}  // namespace ipet::defence::planning
