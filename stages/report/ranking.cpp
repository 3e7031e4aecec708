#include "stages/report/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace ipet::evaluation {

Ranking rank(std::span<const double> likelihood, const std::vector<bool>& truth) {
  if (likelihood.size() != truth.size() ||
      std::ranges::any_of(likelihood, [](double of) { return std::isnan(of); }))
    throw std::invalid_argument("a ranking needs one number per answer that is known");
  std::vector<std::size_t> order(likelihood.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return likelihood[a] > likelihood[b]; });
  Ranking ranking;
  ranking.count = likelihood.size();
  double above = 0, pairs = 0,
         precisions = 0;  // above: of those so far that are; pairs: won against those that are not
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    double here = 0;
    for (; last < order.size() && likelihood[order[last]] == likelihood[order[first]]; ++last)
      here += truth[order[last]] ? 1 : 0;
    const double others = static_cast<double>(last - first) - here;
    pairs += others * (above + here / 2);
    above += here;
    precisions += here * above / static_cast<double>(last);
    first = last;
  }
  ranking.positives = static_cast<std::size_t>(above);
  const double negatives = static_cast<double>(ranking.count) - above;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ranking.area_under_curve = above > 0 && negatives > 0 ? pairs / (above * negatives) : nan;
  ranking.average_precision = above > 0 ? precisions / above : nan;
  return ranking;
}

}  // namespace ipet::evaluation
