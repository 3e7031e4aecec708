// What the rest of the program knows of a fingerprinting model without including LibTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

class Model;  // model.hpp

struct ModelShape {
  std::int64_t slots = 0;    ///< time slots per window, with windows::columns features each
  std::int64_t classes = 0;  ///< devices to tell apart
};

/// Builds networks of one architecture. A model plugin registers its factory as a component:
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
};

}  // namespace ipet::fingerprint
