// What the rest of the program knows of a fingerprinting model without including LibTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

class Model;       // model.hpp
class TableModel;  // table_model.hpp

/// What a model looks at.
enum class ModelInput {
  windows,    ///< windows::WindowSet: slots and silence of one window (stages/windows/README.md)
  aggregates  ///< windows::AggregateSet: 20 statistics of some minutes of traffic (M_agg)
};

struct ModelShape {
  std::int64_t slots = 0;    ///< time slots per window, with windows::columns features each
  std::int64_t classes = 0;  ///< devices to tell apart
};

/// A fingerprinting model: builds networks of one architecture, or (TableModel) trains in its own way. A
/// model plugin registers its factory as a component:
///
///   catalog.component<fingerprint::ModelFactory, MyFactory>("my_model").option("width", &MyOptions::width);
///
/// Called from several threads at once.
class ModelFactory {
 public:
  static constexpr std::string_view type_name = "fingerprint_model";
  static constexpr int type_version = 1;

  virtual ~ModelFactory() = default;
  /// A new network. All its initial values are drawn from `random` (glorot_uniform_, orthogonal_ of
  /// model.hpp), never from LibTorch's global generator, so that a run can be repeated.
  [[nodiscard]] virtual std::shared_ptr<Model> create(const ModelShape& shape,
                                                      traffic::Random& random) const = 0;
  /// False for models without gradients, which generators cannot be trained against.
  [[nodiscard]] virtual bool differentiable() const { return true; }
  [[nodiscard]] virtual ModelInput input() const { return ModelInput::windows; }
  /// The model itself where it is no network but trains in its own way; null for networks.
  [[nodiscard]] virtual const TableModel* table_model() const { return nullptr; }
};

}  // namespace ipet::fingerprint
