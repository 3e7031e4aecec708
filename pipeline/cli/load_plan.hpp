// What all verbs on a pipeline file begin with.
#pragma once

#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/cli/command_line.hpp"
#include "pipeline/plan/plan.hpp"

namespace ipet::cli {

catalog::PluginCatalog make_catalog(const Arguments& arguments);

/// Reads, checks and plans the file of the command line. Adds every problem found.
plan::Plan load_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems);

/// definition_wrong when a problem is about the definition, else plugin_unusable.
ExitCode exit_code(const Problems& problems);

/// load_plan with warnings shown on standard error. Throws DefinitionError when there are problems.
plan::Plan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog);

}  // namespace ipet::cli
