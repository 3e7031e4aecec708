// What attackers promise (attacker.hpp, view.hpp), checked: of one that breaks it, scores would mean nothing.
#pragma once

#include <string>
#include <vector>

#include "stages/attack/attacker.hpp"

namespace ipet::attack {

/// What the classifier says of the rows, [row, class]. Throws std::runtime_error that names the attacker
/// where it is not one number from 0 to 1 for each class of each row.
std::vector<float> checked_probabilities(const Classifier& classifier, const Rows& rows, std::size_t classes,
                                         const std::string& attacker);

/// Throws std::runtime_error that names the view, whose rows have so many numbers, where this one has others.
void check_width(const View& view, std::size_t width, std::size_t of_row);

}  // namespace ipet::attack
