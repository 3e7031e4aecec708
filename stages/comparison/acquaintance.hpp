// What attackers and defences know of a home before lines are watched.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stages/comparison/comparison_inputs.hpp"
#include "stages/model/observer.hpp"

namespace ipet::comparison {

/// The attackers, with what they learn from undefended lines of days before the test.
std::vector<std::shared_ptr<const attack::Attacker>> acquainted(
    std::vector<std::shared_ptr<const attack::Attacker>> attackers, const Lines& lines);

/// What a reader should know of the defences: who may have learned from test days, which lines are not
/// covered yet (a warning as well), and what defences say themselves.
std::vector<std::string> notes_of_defences(const std::vector<Contender>& defences, const LineOptions& options,
                                           const Lines& lines, const defence::Resources& resources,
                                           fingerprint::Observer& observer);

}  // namespace ipet::comparison
