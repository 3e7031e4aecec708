#include "pipeline/cli/load_plan.hpp"

#include <algorithm>
#include <iostream>
#include <set>

#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/plan/make_plan.hpp"

namespace ipet::cli {

catalog::PluginCatalog make_catalog(const Arguments& arguments) {
  return catalog::PluginCatalog(catalog::search_path(arguments.plugin_folders));
}

LoadedPlan load_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems,
                     const definition::SweepPoint* point) {
  std::vector<definition::Override> overrides;
  for (const std::string& text : arguments.set)
    if (auto given = definition::parse_override(text, problems)) overrides.push_back(std::move(*given));
  if (arguments.output) {
    overrides.push_back(
        definition::make_override("run.output", *arguments.output, "--output " + *arguments.output));
  }
  if (point != nullptr) {
    // The file's own output with these values is the folder that holds the runs.
    overrides.insert(overrides.end(), point->overrides.begin(), point->overrides.end());
    Problems ignored;  // reported below
    const std::filesystem::path base = definition::load(arguments.file, overrides, ignored).run.output;
    overrides.push_back(definition::make_override("run.output", (base / point->name).string(), "[sweep]"));
  }
  const definition::Definition definition = definition::load(arguments.file, overrides, problems);
  LoadedPlan loaded;
  // Without a tree there is nothing to plan.
  if (definition.stages.empty() && !problems.empty()) return loaded;
  loaded.plan = plan::make_plan(definition, catalog, problems);
  if (point != nullptr && !loaded.plan.resolved.empty())
    loaded.plan.resolved += definition::point_text(*point);
  // Not an override: results do not depend on it, so neither does the definition that they keep.
  if (arguments.threads) loaded.plan.run.threads = *arguments.threads;
  if (problems.empty() && !arguments.until.empty()) {
    loaded.plan = plan::part_until(loaded.plan, arguments.until, "--until " + arguments.until, problems);
  }
  if (point == nullptr && !definition.sweep.empty())
    loaded.points = definition::sweep_points(definition.sweep, overrides, problems);
  return loaded;
}

std::vector<plan::Plan> plan_points(const Arguments& arguments, catalog::PluginCatalog& catalog,
                                    const std::vector<definition::SweepPoint>& points, Problems& problems) {
  std::vector<plan::Plan> plans;
  std::set<std::string> reported;  // what is wrong with the file is wrong with every point
  for (const definition::SweepPoint& point : points) {
    Problems found;
    plans.push_back(load_plan(arguments, catalog, found, &point).plan);
    for (Problem& problem : found) {
      if (reported.insert(problem.message).second) problems.push_back(std::move(problem));
    }
  }
  return plans;
}

ExitCode exit_code(const Problems& problems) {
  return std::all_of(problems.begin(), problems.end(), catalog::is_plugin_problem) ? plugin_unusable
                                                                                   : definition_wrong;
}

LoadedPlan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog) {
  Problems problems;
  LoadedPlan loaded = load_plan(arguments, catalog, problems);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  std::cerr << definition::format_problems(loaded.plan.warnings, "warning");
  return loaded;
}

}  // namespace ipet::cli
