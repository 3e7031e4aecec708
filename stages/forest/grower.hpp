// Grows the trees of a random forest with XGBoost (Chen and Guestrin 2016).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "stages/forest/trees.hpp"

namespace ipet::forest {

/// How the trees of one class are grown.
struct Growth {
  std::uint32_t trees = 100;
  std::uint32_t max_depth = 0;           ///< 0: until leaves are pure or cannot be divided
  std::uint32_t features_per_split = 1;  ///< columns drawn for every split
  double rows_per_tree = 0.632;          ///< share of the rows, drawn for every tree
};

/// A matrix of features, row-major, that grows trees for any number of targets.
class Grower {
 public:
  /// `values` holds rows of `columns` finite numbers. Throws std::runtime_error with XGBoost's reason.
  Grower(std::span<const float> values, std::size_t columns);
  Grower& operator=(Grower&&) = delete;
  ~Grower();

  /// Regression trees on `target`, one number per row: a split lowers the squared error most, and a leaf's
  /// value is the mean of its rows divided by the number of trees, so that their sum is the mean over the
  /// trees. With 1 for the rows of a class and 0 for all others, that is its share and the splits are those
  /// of the Gini impurity: a random forest (Breiman 2001) of one class against the others.
  ///
  /// One thread; the same for the same seed.
  [[nodiscard]] Trees grow(std::span<const float> target, const Growth& growth, std::uint64_t seed);
  /// XGBoost's own prediction for `values`, by the trees that were grown last: what the tests compare with.
  [[nodiscard]] std::vector<float> predict(std::span<const float> values) const;

 private:
  struct Handles;
  std::size_t columns_, rows_;
  std::unique_ptr<Handles> handles_;
};

}  // namespace ipet::forest
