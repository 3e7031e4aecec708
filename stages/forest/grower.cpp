#include "stages/forest/grower.hpp"

#include <algorithm>

#include "stages/forest/xgboost.hpp"

namespace ipet::forest {

struct Grower::Handles {
  XgMatrix matrix;
  std::unique_ptr<XgBooster> booster = nullptr;
};

Grower::Grower(std::span<const float> values, std::size_t columns)
    : columns_(columns), rows_(values.size() / columns), handles_(new Handles{XgMatrix(values, columns)}) {}

Grower::~Grower() = default;

Trees Grower::grow(std::span<const float> target, const Growth& growth, std::uint64_t seed) {
  handles_->booster = std::make_unique<XgBooster>(std::vector<const XgMatrix*>{&handles_->matrix});
  XgBooster& booster = *handles_->booster;
  booster.set("seed", seed & 0x7FFFFFFF);
  booster.set("booster", "gbtree");
  booster.set("objective", "reg:squarederror");
  booster.set("base_score", 0);
  booster.set("tree_method", "hist");
  booster.set("max_bin", 256);
  booster.set("num_parallel_tree", growth.trees);
  booster.set("learning_rate", 1);
  booster.set("lambda", 0);
  booster.set("min_child_weight", 1);
  booster.set("max_depth", growth.max_depth);
  booster.set("subsample", growth.rows_per_tree);
  // XGBoost cuts off what is behind the point: half a column more, so that rounding takes none away.
  booster.set("colsample_bynode",
              std::min(1.0, (growth.features_per_split + 0.5) / static_cast<double>(columns_)));
  // Squared error from a prediction of 0: gradient -target, curvature 1.
  std::vector<float> gradient(rows_), curvature(rows_, 1.0F);
  for (std::size_t i = 0; i < rows_; ++i) gradient[i] = -target[i];
  booster.boost(handles_->matrix, gradient, curvature);
  return booster.trees();
}

std::vector<float> Grower::predict(std::span<const float> values) const {
  return handles_->booster->predict(XgMatrix(values, columns_), true);
}

}  // namespace ipet::forest
