// Connects the stages of a definition: finds both ports of every reference and checks that they fit.
#pragma once

#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/plan/needs.hpp"
#include "pipeline/plan/plan.hpp"

namespace ipet::plan {

/// A stage of the definition with its description; null when its plugin was not found.
struct Resolved {
  const definition::StageDefinition* stage = nullptr;
  const StageDescription* description = nullptr;
  StageNeeds needs = {};  ///< of a stage that has components; owns the description then

  /// Which inputs it has depends on the components that its options name.
  [[nodiscard]] bool passes_needs() const {
    return description != nullptr && plan::passes_needs(description->options);
  }
};

/// A reference at an input that none of the stage's components needs.
struct UnusedReference {
  std::size_t stage = 0;
  const definition::InputReference* reference = nullptr;
};

struct Wiring {
  std::vector<Edge> edges;  ///< stages by their position
  std::vector<UnusedReference> unused;
};

/// Wires all stages. Adds every problem found.
Wiring wire(const std::vector<Resolved>& stages, Problems& problems);

}  // namespace ipet::plan
