// Connects the stages of a definition: finds both ports of every reference and checks that they fit.
#pragma once

#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/plan/plan.hpp"

namespace ipet::plan {

/// A stage of the definition with its description; null when its plugin was not found.
struct Resolved {
  const definition::StageDefinition* stage = nullptr;
  const StageDescription* description = nullptr;
};

/// Wires all stages. Edges name stages by their position in `stages`. Adds every problem found.
std::vector<Edge> wire(const std::vector<Resolved>& stages, Problems& problems);

}  // namespace ipet::plan
