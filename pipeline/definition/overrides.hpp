// --set with a dotted path: changes the merged file before references are resolved.
#pragma once

#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/definition/parameters.hpp"

namespace ipet::definition {

/// Applies the overrides that name no parameter to `root`; reports those that name nothing.
void apply_overrides(Value& root, const std::vector<Parameter>& parameters,
                     const std::vector<Override>& overrides, Problems& problems);

}  // namespace ipet::definition
