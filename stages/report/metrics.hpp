// Scores of a classifier on test rows: windows or aggregates.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "stages/report/report.hpp"

namespace ipet::evaluation {

/// What a confusion matrix says; classes without rows do not count. All 0 for an empty one.
struct Measures {
  double accuracy = 0;
  double macro_f1 = 0;           ///< a class that is never named and never right has an F1 of 0
  double balanced_accuracy = 0;  ///< mean recall
  double majority = 0;           ///< accuracy of always naming the most frequent class
  std::size_t present = 0;       ///< classes with rows
};

/// `confusion`: rows, or their weight, by [true class, named class]. Throws std::invalid_argument when its
/// size is not classes^2.
Measures measure(std::span<const double> confusion, std::size_t classes);

/// `truth` and `named` hold one class per row. Fills all that can be known without names and days: not
/// `defence`, `attacker`, `level` and the like, `highest_recall_device` and the interval.
/// Throws std::invalid_argument when the lengths differ or a class is out of range.
Score score(std::span<const std::uint16_t> truth, std::span<const std::uint16_t> named, std::size_t classes);

/// The same from counts, [true class, named class].
Score score(std::span<const std::uint64_t> confusion, std::size_t classes);

/// Fills `highest_recall_device` and `highest_recall`: the device that is found best, the first of equal
/// ones; "" and 0 without rows. Throws std::invalid_argument when there is not one name per class.
void name_highest_recall(Score& score, std::span<const std::string> devices);

}  // namespace ipet::evaluation
