// From a definition to a plan: plugins found, options parsed, edges wired and checked, passes numbered.
#pragma once

#include <set>
#include <string>

#include "pipeline/catalog/registry.hpp"
#include "pipeline/definition/definition.hpp"
#include "pipeline/plan/plan.hpp"

namespace ipet::plan {

/// Makes the plan. Adds every problem found; the result is only good when none was added.
Plan make_plan(const definition::Definition& definition, catalog::StageSource& source, Problems& problems);

/// Runs the checks that touch the machine (files, space, tools) of every stage but those named in `without`.
void check_environment(const Plan& plan, const std::set<std::string>& without, Problems& problems);

/// The part of a plan that `stage` needs: itself and its ancestors. Adds the problem when there is no such
/// stage; `shown` is how its message names the command line.
Plan part_until(const Plan& plan, const std::string& stage, const std::string& shown, Problems& problems);

}  // namespace ipet::plan
