// --set with a dotted path: changes the merged file before references are resolved. Paths into [sweep] begin
// with "sweep."; what follows is the key of the axis, dots and all.
#pragma once

#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/definition/parameters.hpp"

namespace ipet::definition {

/// What the command line gives must not contradict itself: reports each name that is set twice, or both set
/// and swept.
void check_given(const std::vector<Override>& given, Problems& problems);

/// Applies the overrides that name no parameter to `root`; reports those that name nothing.
void apply_overrides(Value& root, const std::vector<Parameter>& parameters,
                     const std::vector<Override>& overrides, Problems& problems);

}  // namespace ipet::definition
