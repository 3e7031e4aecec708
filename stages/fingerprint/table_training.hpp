// Training and asking models that are no networks (model/table_model.hpp). No LibTorch here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stages/model/table_model.hpp"
#include "stages/windows/aggregate.hpp"

namespace ipet::fingerprint {

/// Copies the chosen aggregates whose device is among `classes`; the others are counted in `unknown`.
FeatureTable gather(const windows::AggregateSet& aggregates, const std::vector<std::size_t>& chosen,
                    const std::vector<std::string>& classes, std::size_t& unknown);

/// Trains the table model that `factory` is. Sets all of the result but `model`, `options`, `omega`, `split`
/// and `test_windows`; `slots`, `batch` and `learning_rate` are 0, `normalisation` is none. Throws
/// std::runtime_error when there is nothing to train on and std::logic_error when `factory` is no table
/// model.
TrainedModel train(std::shared_ptr<const ModelFactory> factory, const FeatureTable& training,
                   const FeatureTable& validation, std::vector<std::string> classes, std::uint64_t seed,
                   Observer& observer);

/// Class probabilities, [row, class]. Throws std::runtime_error when the columns are not those that the model
/// was trained on, or when its stored parameters make no model.
std::vector<float> probabilities(const TrainedModel& model, const FeatureTable& rows);
/// The most probable class of each row.
std::vector<std::uint16_t> classify(const TrainedModel& model, const FeatureTable& rows);

}  // namespace ipet::fingerprint
