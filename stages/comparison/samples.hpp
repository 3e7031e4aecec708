// Choosing rows for training.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stages/attack/view_rows.hpp"
#include "stages/comparison/observation.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::comparison {

/// The class with the highest probability of a row; the first of equal ones.
std::uint16_t most_probable(const float* probabilities, std::size_t classes);

/// Rows of an hour, of short lines of an eighth, share a part, or neighbours would be trained on.
bool for_validation(const attack::Rows& rows, std::size_t row, const std::vector<Realisation>& realisations,
                    traffic::StreamKey key);

struct TrainingParts {
  std::vector<std::size_t> training, validation;
};
/// Divides the rows at these positions; every class that has any is trained on.
TrainingParts divide(const attack::Rows& rows, const std::vector<std::size_t>& positions,
                     const std::vector<Realisation>& realisations, traffic::StreamKey key,
                     std::size_t classes);

/// Copies of the rows at these positions.
attack::Rows pick(const attack::Rows& rows, std::span<const std::size_t> positions);

/// At most `most` of `positions` for each class (0: all), chosen at random, in ascending order.
std::vector<std::size_t> at_most_per_class(const attack::Rows& rows, std::vector<std::size_t> positions,
                                           std::size_t most, traffic::StreamKey key);

/// The labels of all rows, dealt out again at random.
void permute_labels(attack::Rows& rows, traffic::StreamKey key);

}  // namespace ipet::comparison
