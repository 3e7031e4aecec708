// Models that are no networks (forests, boosted trees): they train and predict in their own way on rows of
// plain features. No LibTorch here, and header only, so that the plugin of such a model links none.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "stages/model/model_factory.hpp"
#include "stages/model/observer.hpp"
#include "stages/model/trained_model.hpp"

namespace ipet::fingerprint {

/// Labelled rows of features, row-major.
struct FeatureTable {
  std::vector<std::string> columns;  ///< names; their number is the width of a row
  std::vector<float> values;         ///< [row, column]
  std::vector<std::uint16_t> label;  ///< [row], index of a class

  [[nodiscard]] std::size_t size() const { return label.size(); }
};

/// A model on feature tables. It has no gradients, so generators cannot be trained against it.
class TableModel : public ModelFactory {
 public:
  [[nodiscard]] bool differentiable() const final { return false; }
  [[nodiscard]] const TableModel* table_model() const final { return this; }
  /// Always throws std::logic_error: there is no network.
  [[nodiscard]] std::shared_ptr<Model> create(const ModelShape&, traffic::Random&) const final {
    throw std::logic_error("this model is no network");
  }

  /// Trains on `training` and returns all that `probabilities` needs as plain arrays. The result depends on
  /// the rows and the seed alone, not on the number of threads. `validation` may be empty; models that stop
  /// early use it, and append to `history`.
  [[nodiscard]] virtual std::vector<NamedArray> fit(const FeatureTable& training,
                                                    const FeatureTable& validation, std::size_t classes,
                                                    std::uint64_t seed, std::vector<EpochRecord>& history,
                                                    Observer& observer) const = 0;
  /// Class probabilities, [row, class], of rows with the columns that the model was trained on.
  [[nodiscard]] virtual std::vector<float> probabilities(const std::vector<NamedArray>& parameters,
                                                         const FeatureTable& rows,
                                                         std::size_t classes) const = 0;
};

}  // namespace ipet::fingerprint
