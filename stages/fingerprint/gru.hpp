// The published recurrent model with gated recurrent units (stages/fingerprint/README.md). No LibTorch here.
#pragma once

#include <cstdint>
#include <memory>

#include "stages/fingerprint/model_factory.hpp"

namespace ipet::fingerprint {

struct GruOptions {
  std::int64_t width = 32;  ///< units of both layers
  std::int64_t dense_width = 128;
  double dropout = 0.2;
  double l2 = 0.01;  ///< weight of the squared input kernel of the first layer
};

/// GRU(width, sequences) - GRU(width, last) - concat silence - Dense tanh - dropout - Dense.
class GruFactory final : public ModelFactory {
 public:
  using Options = GruOptions;
  explicit GruFactory(const GruOptions& options) : options_(options) {}
  [[nodiscard]] std::shared_ptr<Model> create(const ModelShape& shape,
                                              traffic::Random& random) const override;

 private:
  GruOptions options_;
};

}  // namespace ipet::fingerprint
