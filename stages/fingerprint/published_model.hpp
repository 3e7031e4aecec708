// What the published models have in common. No LibTorch here.
#pragma once

#include <memory>

#include "stages/model/model_factory.hpp"

namespace ipet::fingerprint {

template <class ModelOptions>
class PublishedModel final : public ModelFactory {
 public:
  using Options = ModelOptions;
  explicit PublishedModel(const Options& options) : options_(options) {}
  [[nodiscard]] std::shared_ptr<Model> create(const ModelShape& shape,
                                              traffic::Random& random) const override;

 private:
  Options options_;
};

}  // namespace ipet::fingerprint
