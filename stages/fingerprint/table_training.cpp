#include "stages/fingerprint/table_training.hpp"

#include <stdexcept>

#include "pipeline/text/wrapping.hpp"
#include "stages/dataset/dataset.hpp"
#include "stages/fingerprint/discriminator_training.hpp"

namespace ipet::fingerprint {
namespace {

const TableModel& table_model_of(const std::shared_ptr<const ModelFactory>& factory) {
  const TableModel* model = factory == nullptr ? nullptr : factory->table_model();
  if (model == nullptr) throw std::logic_error("a network was given a feature table");
  return *model;
}

}  // namespace

FeatureTable gather(const windows::AggregateSet& aggregates, const std::vector<std::size_t>& chosen,
                    const std::vector<std::string>& classes, std::size_t& unknown) {
  const std::vector<std::uint16_t> label = class_labels(aggregates, classes);
  FeatureTable table;
  table.columns.assign(std::begin(windows::aggregate_names), std::end(windows::aggregate_names));
  table.values.reserve(chosen.size() * windows::aggregate_columns);
  for (const std::size_t i : chosen) {
    const std::uint16_t of_row = label.at(aggregates.device.at(i));
    if (of_row == no_class) {
      ++unknown;
      continue;
    }
    table.values.insert(table.values.end(), aggregates.row(i),
                        aggregates.row(i) + windows::aggregate_columns);
    table.label.push_back(of_row);
  }
  return table;
}

TrainedModel train(std::shared_ptr<const ModelFactory> factory, const FeatureTable& training,
                   const FeatureTable& validation, std::vector<std::string> classes, std::uint64_t seed,
                   Observer& observer) {
  if (training.size() == 0) throw std::runtime_error("there are no aggregates to train on");
  TrainedModel result;
  result.parameters =
      table_model_of(factory).fit(training, validation, classes.size(), seed, result.history, observer);
  result.factory = std::move(factory);
  result.classes = std::move(classes);
  result.features = training.columns;
  result.normalisation = Normalisation::none;
  result.training_windows = training.size();
  result.validation_windows = validation.size();
  return result;
}

std::vector<float> probabilities(const TrainedModel& model, const FeatureTable& rows) {
  if (rows.columns != model.features)
    throw std::runtime_error("model '" + model.model + "' was trained on the columns " +
                             text::named(model.features, model.features.size()) + ", and is asked about " +
                             text::named(rows.columns, rows.columns.size()));
  return table_model_of(model.factory).probabilities(model.parameters, rows, model.classes.size());
}

std::vector<std::uint16_t> classify(const TrainedModel& model, const FeatureTable& rows) {
  return most_probable(probabilities(model, rows), model.classes.size());
}

}  // namespace ipet::fingerprint
