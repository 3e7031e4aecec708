// Topological order and passes.
#pragma once

#include <vector>

#include "pipeline/plan/wiring.hpp"

namespace ipet::plan {

/// Positions in topological order, ties in file order. When stages feed themselves, adds one problem per
/// cycle that names its stages, and leaves those stages (and what needs them) out.
std::vector<std::size_t> topological_order(const std::vector<Resolved>& stages, Problems& problems);

/// Numbers the passes of stages in topological order (pipeline/README.md "Passes"); gives how
/// many there are.
std::size_t number_passes(std::vector<PlannedStage>& stages, const std::vector<Edge>& edges);

}  // namespace ipet::plan
