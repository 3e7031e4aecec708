// What all verbs on a pipeline file begin with.
#pragma once

#include <vector>

#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/cli/command_line.hpp"
#include "pipeline/definition/definition.hpp"
#include "pipeline/plan/plan.hpp"

namespace ipet::cli {

catalog::PluginCatalog make_catalog(const Arguments& arguments);

/// A plan and what the file's [sweep] would run.
struct LoadedPlan {
  plan::Plan plan;
  std::vector<definition::SweepPoint> points;  ///< empty without [sweep]
  Problems without_sweep;                      ///< of the plan, when it is run by itself
};

/// Reads, checks and plans the file of the command line. Adds every problem found.
/// With `point`, that run of the sweep: its values, and its results in a folder of its name below run.output.
LoadedPlan load_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems,
                     const definition::SweepPoint* point = nullptr);

/// Adds to a problem which run of the sweep has it: its place is in the file that all of them share.
void name_point(Problem& problem, const definition::SweepPoint& point);

/// definition_wrong when a problem is about the definition, else plugin_unusable.
ExitCode exit_code(const Problems& problems);

/// load_plan with warnings shown on standard error. Throws DefinitionError when there are problems.
LoadedPlan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog);

/// The plans of all points of the sweep, every problem of any of them reported once.
std::vector<plan::Plan> plan_points(const Arguments& arguments, catalog::PluginCatalog& catalog,
                                    const std::vector<definition::SweepPoint>& points, Problems& problems);

}  // namespace ipet::cli
