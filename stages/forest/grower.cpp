#include "stages/forest/grower.hpp"

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>
#include <xgboost/c_api.h>

namespace ipet::forest {
namespace {

using nlohmann::json;

void require(int status, const char* what) {
  if (status != 0) throw std::runtime_error(std::string("XGBoost cannot ") + what + ": " + XGBGetLastError());
}

/// Names a row-major matrix for XGBoost (NumPy's array interface).
std::string array_interface(std::span<const float> values, std::size_t columns) {
  return json{{"data", {reinterpret_cast<std::uintptr_t>(values.data()), true}},
              {"shape", {values.size() / columns, columns}},
              {"typestr", "<f4"},
              {"version", 3}}
      .dump();
}

DMatrixHandle make_matrix(std::span<const float> values, std::size_t columns) {
  DMatrixHandle matrix = nullptr;
  require(XGDMatrixCreateFromDense(array_interface(values, columns).c_str(),
                                   R"({"missing": NaN, "nthread": 1})", &matrix),
          "take the features");
  return matrix;
}

/// A tree of XGBoost's JSON model.
Tree parse_tree(const json& stored) {
  const auto left = stored.at("left_children").get<std::vector<std::int32_t>>();
  const auto right = stored.at("right_children").get<std::vector<std::int32_t>>();
  const auto feature = stored.at("split_indices").get<std::vector<std::int32_t>>();
  const auto condition = stored.at("split_conditions").get<std::vector<float>>();  // of a leaf: its value
  Tree tree;
  tree.nodes.resize(left.size());
  for (std::size_t n = 0; n < left.size(); ++n) {
    if (left[n] < 0)
      tree.nodes[n].value = condition.at(n);
    else
      tree.nodes[n] = {feature.at(n), condition.at(n), left[n], right.at(n), 0};
  }
  return tree;
}

}  // namespace

struct Grower::Handles {
  DMatrixHandle matrix = nullptr;
  BoosterHandle booster = nullptr;

  void renew_booster() {
    if (booster != nullptr) XGBoosterFree(booster);
    booster = nullptr;
    require(XGBoosterCreate(&matrix, 1, &booster), "begin");
  }
  void set(const char* name, const std::string& value) const {
    require(XGBoosterSetParam(booster, name, value.c_str()), name);
  }
  ~Handles() {
    if (booster != nullptr) XGBoosterFree(booster);
    if (matrix != nullptr) XGDMatrixFree(matrix);
  }
};

Grower::Grower(std::span<const float> values, std::size_t columns)
    : columns_(columns), rows_(values.size() / columns), handles_(std::make_unique<Handles>()) {
  handles_->matrix = make_matrix(values, columns);
}

Grower::~Grower() = default;

Trees Grower::grow(std::span<const float> target, const Growth& growth, std::uint64_t seed) {
  handles_->renew_booster();
  const auto set = [this](const char* name, const auto& value) {
    if constexpr (std::is_convertible_v<decltype(value), std::string>)
      handles_->set(name, value);
    else
      handles_->set(name, std::to_string(value));
  };
  set("nthread", 1);
  set("verbosity", 0);
  set("seed", seed & 0x7FFFFFFF);
  set("booster", "gbtree");
  set("objective", "reg:squarederror");
  set("base_score", 0);
  set("tree_method", "hist");
  set("max_bin", 256);
  set("num_parallel_tree", growth.trees);
  set("learning_rate", 1);
  set("lambda", 0);
  set("min_child_weight", 1);
  set("max_depth", growth.max_depth);
  set("subsample", growth.rows_per_tree);
  // XGBoost cuts off what is behind the point: half a column more, so that rounding takes none away.
  set("colsample_bynode", std::min(1.0, (growth.features_per_split + 0.5) / static_cast<double>(columns_)));
  // Squared error from a prediction of 0: gradient -target, curvature 1.
  std::vector<float> gradient(rows_), curvature(rows_, 1.0F);
  for (std::size_t i = 0; i < rows_; ++i) gradient[i] = -target[i];
  require(
      XGBoosterBoostOneIter(handles_->booster, handles_->matrix, gradient.data(), curvature.data(), rows_),
      "grow trees");

  bst_ulong size = 0;
  const char* text = nullptr;
  require(XGBoosterSaveModelToBuffer(handles_->booster, R"({"format": "json"})", &size, &text),
          "give its trees");
  const json model = json::parse(text, text + size);
  Trees trees;
  for (const json& stored : model.at("learner").at("gradient_booster").at("model").at("trees"))
    trees.push_back(parse_tree(stored));
  return trees;
}

std::vector<float> Grower::predict(std::span<const float> values) const {
  Handles asked;
  asked.matrix = make_matrix(values, columns_);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  require(
      XGBoosterPredictFromDMatrix(
          handles_->booster, asked.matrix,
          R"({"type": 1, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": true})",
          &shape, &dimensions, &result),
      "predict");
  return {result, result + values.size() / columns_};
}

}  // namespace ipet::forest
