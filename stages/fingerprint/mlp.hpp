// The published model of dense layers (stages/fingerprint/README.md). No LibTorch here.
#pragma once

#include <cstdint>
#include <memory>

#include "stages/fingerprint/model_factory.hpp"

namespace ipet::fingerprint {

struct MlpOptions {
  std::int64_t first_width = 128, second_width = 32;  ///< units of the layers that see one slot
  std::int64_t dense_width = 100;                     ///< units of the layer that sees all slots
  double dropout = 0.2;  ///< behind the first layer of a slot and behind the dense layer
};

/// Per slot Dense tanh - dropout - Dense tanh; flatten - concat silence - Dense tanh - dropout - Dense.
class MlpFactory final : public ModelFactory {
 public:
  using Options = MlpOptions;
  explicit MlpFactory(const MlpOptions& options) : options_(options) {}
  [[nodiscard]] std::shared_ptr<Model> create(const ModelShape& shape,
                                              traffic::Random& random) const override;

 private:
  MlpOptions options_;
};

}  // namespace ipet::fingerprint
