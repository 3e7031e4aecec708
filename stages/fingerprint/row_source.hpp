// Windows and aggregates alike: what is labelled, divided, learned from and asked about, so that training and
// evaluation are written once for networks and for table models. No LibTorch here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "stages/dataset/dataset.hpp"
#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/model/table_model.hpp"
#include "stages/windows/aggregate.hpp"

namespace ipet::fingerprint {

/// Labelled rows: windows for a network, which stay where they are, or a feature table.
using Rows = std::variant<ChosenWindows, FeatureTable>;
const std::vector<std::uint16_t>& labels_of(const Rows& rows);

/// All windows or all aggregates of a run, which must outlive this.
class RowSource {
 public:
  // Not explicit: what takes a source takes a set of either kind.
  RowSource(const windows::WindowSet& windows) : set_(&windows) {}
  RowSource(const windows::AggregateSet& aggregates) : set_(&aggregates) {}

  [[nodiscard]] const windows::RowSet& labels() const;
  /// Seconds per slot of the windows, or per aggregate: TrainedModel::omega.
  [[nodiscard]] double omega() const;
  /// The chosen rows (ascending positions) whose device is among `classes`; the others are counted in
  /// `unknown`. Windows stay in their set.
  [[nodiscard]] Rows gather(const std::vector<std::size_t>& chosen, const std::vector<std::string>& classes,
                            std::size_t& unknown) const;
  /// Throws std::runtime_error when a model was trained on windows of other slots (their number or length),
  /// on aggregates of another length, or on the other kind. `what` names these rows: "defended".
  void check(const TrainedModel& model, const std::string& what) const;

 private:
  std::variant<const windows::WindowSet*, const windows::AggregateSet*> set_;
};

/// `train` of discriminator_training.hpp or table_training.hpp, whichever these rows are for. Of the options,
/// table models use the seed alone.
TrainedModel train(std::shared_ptr<const ModelFactory> factory, const Rows& training, const Rows& validation,
                   std::vector<std::string> classes, const DiscriminatorTrainingOptions& options,
                   Observer& observer);
/// The most probable class of each row.
/// `observer`, where there is one, may end it early.
std::vector<std::uint16_t> classify(const TrainedModel& model, const Rows& rows,
                                    Observer* observer = nullptr);
/// Class probabilities, [row, class].
std::vector<float> probabilities(const TrainedModel& model, const Rows& rows, Observer* observer = nullptr);

}  // namespace ipet::fingerprint
