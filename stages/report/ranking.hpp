// Scores of a detector, which says of each of many moments or homes how likely something is: no threshold is
// chosen.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ipet::evaluation {

struct Ranking {
  std::size_t count = 0, positives = 0;
  /// Probability that one that is is given more than one that is not, equal ones count half (Mann and Whitney
  /// 1947): 0.5 is chance. NaN where all are or none is.
  double area_under_curve = 0;
  /// Mean, over those that are, of the precision among all that are given at least as much: chance is the
  /// base rate. Equal ones are taken together, so that their order does not count. NaN where none is.
  double average_precision = 0;

  [[nodiscard]] double base_rate() const {
    return static_cast<double>(positives) / static_cast<double>(count);
  }
};

/// Throws std::invalid_argument where the lengths differ or a likelihood is no number.
Ranking rank(std::span<const double> likelihood, const std::vector<bool>& truth);

}  // namespace ipet::evaluation
