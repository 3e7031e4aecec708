#include "stages/forest/xgboost.hpp"

#include <stdexcept>

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

XgMatrix::XgMatrix(std::span<const float> values, std::size_t columns) : rows_(values.size() / columns) {
  require(XGDMatrixCreateFromDense(array_interface(values, columns).c_str(),
                                   R"({"missing": NaN, "nthread": 1})", &handle_),
          "take the features");
}

XgMatrix::~XgMatrix() {
  if (handle_ != nullptr) XGDMatrixFree(handle_);
}

void XgMatrix::set_labels(std::span<const std::uint16_t> labels) {
  const std::vector<float> numbers(labels.begin(), labels.end());
  require(XGDMatrixSetFloatInfo(handle_, "label", numbers.data(), numbers.size()), "take the labels");
}

XgBooster::XgBooster(const std::vector<const XgMatrix*>& matrices) {
  std::vector<DMatrixHandle> handles;
  for (const XgMatrix* matrix : matrices) handles.push_back(matrix->handle());
  require(XGBoosterCreate(handles.data(), handles.size(), &handle_), "begin");
  set("nthread", 1);
  set("verbosity", 0);
}

XgBooster::~XgBooster() {
  if (handle_ != nullptr) XGBoosterFree(handle_);
}

void XgBooster::set_text(const char* name, const std::string& value) {
  require(XGBoosterSetParam(handle_, name, value.c_str()), name);
}

void XgBooster::update(int round, const XgMatrix& training) {
  require(XGBoosterUpdateOneIter(handle_, round, training.handle()), "grow trees");
}

void XgBooster::boost(const XgMatrix& training, std::vector<float>& gradient, std::vector<float>& curvature) {
  require(
      XGBoosterBoostOneIter(handle_, training.handle(), gradient.data(), curvature.data(), gradient.size()),
      "grow trees");
}

std::vector<float> XgBooster::predict(const XgMatrix& asked, bool margin) const {
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  const std::string how =
      std::string(R"({"type": )") + (margin ? "1" : "0") +
      R"(, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": true})";
  require(XGBoosterPredictFromDMatrix(handle_, asked.handle(), how.c_str(), &shape, &dimensions, &result),
          "predict");
  std::size_t size = 1;
  for (bst_ulong d = 0; d < dimensions; ++d) size *= shape[d];
  return {result, result + size};
}

Trees XgBooster::trees() const {
  bst_ulong size = 0;
  const char* text = nullptr;
  require(XGBoosterSaveModelToBuffer(handle_, R"({"format": "json"})", &size, &text), "give its trees");
  const json model = json::parse(text, text + size);
  Trees trees;
  for (const json& stored : model.at("learner").at("gradient_booster").at("model").at("trees"))
    trees.push_back(parse_tree(stored));
  return trees;
}

}  // namespace ipet::forest
