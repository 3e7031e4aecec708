#include "pipeline/cli/load_plan.hpp"

#include <algorithm>
#include <iostream>

#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/plan/make_plan.hpp"

namespace ipet::cli {

catalog::PluginCatalog make_catalog(const Arguments& arguments) {
  return catalog::PluginCatalog(catalog::search_path(arguments.plugin_folders));
}

plan::Plan load_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems) {
  std::vector<definition::Override> overrides;
  for (const std::string& text : arguments.set)
    if (auto given = definition::parse_override(text, problems)) overrides.push_back(std::move(*given));
  if (arguments.output) {
    overrides.push_back(
        definition::make_override("run.output", *arguments.output, "--output " + *arguments.output));
  }
  const definition::Definition definition = definition::load(arguments.file, overrides, problems);
  // Without a tree there is nothing to plan.
  if (definition.stages.empty() && !problems.empty()) return {};
  plan::Plan plan = plan::make_plan(definition, catalog, problems);
  // Not an override: results do not depend on it, so neither does the definition that they keep.
  if (arguments.threads) plan.run.threads = *arguments.threads;
  if (problems.empty() && !arguments.until.empty()) {
    plan = plan::part_until(plan, arguments.until, "--until " + arguments.until, problems);
  }
  return plan;
}

ExitCode exit_code(const Problems& problems) {
  return std::all_of(problems.begin(), problems.end(), catalog::is_plugin_problem) ? plugin_unusable
                                                                                   : definition_wrong;
}

plan::Plan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog) {
  Problems problems;
  plan::Plan plan = load_plan(arguments, catalog, problems);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  std::cerr << definition::format_problems(plan.warnings, "warning");
  return plan;
}

}  // namespace ipet::cli
