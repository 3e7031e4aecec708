// Scores of a classifier on test windows.
#pragma once

#include <cstdint>
#include <span>

#include "stages/evaluation/report.hpp"

namespace ipet::evaluation {

/// `truth` and `named` hold one class per window. Fills all of the score but `defence` and `attacker`.
/// A class that is never named and never right has an F1 of 0; classes without test windows do not count.
/// Throws std::invalid_argument when the lengths differ or a class is out of range.
Score score(std::span<const std::uint16_t> truth, std::span<const std::uint16_t> named, std::size_t classes);

}  // namespace ipet::evaluation
