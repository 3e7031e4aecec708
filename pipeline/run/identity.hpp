// What decides a result.
#pragma once

#include <cstddef>
#include <string>

#include "pipeline/plan/plan.hpp"

namespace ipet::run {

/// A hash of what decides the result of one stage, but for the content of the inputs: version of the program,
/// name and seed of the run, the stage and all that it needs, with plugins, connections and options, those
/// with their defaults too. Not in it: threads, memory, the output folder, and stages that the result does
/// not come from. A path counts as the place that it leads to, however it is written, or as one below the
/// output folder.
std::string identity_of(const plan::Plan& plan, std::size_t stage, const std::string& version);

}  // namespace ipet::run
