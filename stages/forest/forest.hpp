// Random forest on aggregates (stages/forest/README.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "stages/fingerprint/table_model.hpp"

namespace ipet::forest {

struct ForestOptions {
  std::uint32_t trees = 100;    ///< per class
  std::uint32_t max_depth = 0;  ///< 0: unlimited
  /// "sqrt": as many columns per split as the root of their number, rounded down; or a share of them, "0.3".
  std::string features_per_split = "sqrt";
  /// Share of the rows that a tree is grown on: as many different ones as a bootstrap sample has.
  double rows_per_tree = 0.632;
};

/// Columns to draw per split, at least one; nothing where the text is neither "sqrt" nor a share in (0, 1].
std::optional<std::uint32_t> features_per_split(const std::string& text, std::size_t columns);

/// Trees of one class against the others for each class; the probability of a class is its share in the
/// leaves, averaged over the trees, and divided by the sum over the classes.
class ForestFactory final : public fingerprint::TableModel {
 public:
  using Options = ForestOptions;
  explicit ForestFactory(const ForestOptions& options) : options_(options) {}

  [[nodiscard]] fingerprint::ModelInput input() const override { return fingerprint::ModelInput::aggregates; }
  [[nodiscard]] std::vector<fingerprint::NamedArray> fit(const fingerprint::FeatureTable& training,
                                                         const fingerprint::FeatureTable& validation,
                                                         std::size_t classes, std::uint64_t seed,
                                                         std::vector<fingerprint::EpochRecord>& history,
                                                         fingerprint::Observer& observer) const override;
  [[nodiscard]] std::vector<float> probabilities(const std::vector<fingerprint::NamedArray>& parameters,
                                                 const fingerprint::FeatureTable& rows,
                                                 std::size_t classes) const override;

 private:
  ForestOptions options_;
};

}  // namespace ipet::forest
