// Gradient boosting: trees that are added one after another, each against what the sum so far gets wrong
// (Friedman 2001; XGBoost, Chen and Guestrin 2016).
#pragma once

#include <cstdint>

#include "stages/forest/trees.hpp"
#include "stages/model/table_model.hpp"

namespace ipet::forest {

struct GradientBoostingOptions {
  std::uint32_t rounds = 100;     ///< at most; each adds a tree per class
  std::uint32_t depth = 6;        ///< splits from the root to a leaf, at most
  double learning_rate = 0.1;     ///< what a tree's values are multiplied by
  double subsample = 0.8;         ///< share of the rows that a tree is grown on
  double columns_per_tree = 0.3;  ///< share of the columns that a tree may ask for
  std::uint32_t patience = 15;    ///< rounds without a lower validation loss before it stops
};

/// Sums of trees that are log-probabilities up to a constant.
class GradientBoosting final : public fingerprint::TableModel {
 public:
  using Options = GradientBoostingOptions;
  explicit GradientBoosting(const GradientBoostingOptions& options) : options_(options) {}

  [[nodiscard]] fingerprint::ModelInput input() const override { return fingerprint::ModelInput::aggregates; }
  /// Cross-entropy of softmax, one thread throughout. Keeps the rounds up to the one with the lowest
  /// validation loss, all of them where `validation` is empty; one record of `history` per round. Of two
  /// classes, only trees of the second one are grown.
  [[nodiscard]] std::vector<fingerprint::NamedArray> fit(const fingerprint::FeatureTable& training,
                                                         const fingerprint::FeatureTable& validation,
                                                         std::size_t classes, std::uint64_t seed,
                                                         std::vector<fingerprint::EpochRecord>& history,
                                                         fingerprint::Observer& observer) const override;
  [[nodiscard]] std::vector<float> probabilities(const std::vector<fingerprint::NamedArray>& parameters,
                                                 const fingerprint::FeatureTable& rows,
                                                 std::size_t classes) const override;

 private:
  GradientBoostingOptions options_;
};

/// Softmax of the leaf values' sums, [row, class]; one thread.
std::vector<float> boosted_probabilities(const Trees& trees, std::span<const float> rows, std::size_t columns,
                                         std::size_t classes);

}  // namespace ipet::forest
