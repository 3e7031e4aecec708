#include "pipeline/cli/load_plan.hpp"

#include <algorithm>
#include <iostream>
#include <set>
#include <thread>

#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/definition/overrides.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/plan/make_plan.hpp"
#include "pipeline/sdk/hint.hpp"

namespace ipet::cli {
namespace {

namespace fs = std::filesystem;

/// What a file that is not there was probably meant to be: "quickstart" stands for pipelines/quickstart.toml,
/// and names beside it can be near.
std::string meant_file(const fs::path& file) {
  std::error_code error;
  for (const fs::path& folder : {file.parent_path(), fs::path("pipelines")}) {
    std::vector<std::string> names;
    for (const fs::path& name : {file.filename(), fs::path(file.stem().string() + ".toml")})
      if (fs::is_regular_file(folder / name, error))
        return "did you mean '" + (folder / name).string() + "'?";
    for (fs::directory_iterator i(folder.empty() ? "." : folder, error), end; !error && i != end;
         i.increment(error))
      if (i->path().extension() == ".toml") names.push_back(i->path().filename().string());
    std::sort(names.begin(), names.end());
    const std::string near = nearest(file.filename().string(), names);
    if (!near.empty()) return "did you mean '" + (folder / near).string() + "'?";
  }
  return file.is_relative() ? "the path begins at " + fs::current_path(error).string() : "";
}

void hint_at_file(const fs::path& file, Problems& problems) {
  std::error_code error;
  for (Problem& problem : problems)
    if (problem.code == "cannot-read" && problem.hint.empty() && !fs::exists(file, error))
      problem.hint = file == "-" ? "standard input is /dev/stdin" : meant_file(file);
}

/// What the command line sets, --output included.
std::vector<definition::Override> given_overrides(const Arguments& arguments, Problems& problems) {
  std::vector<definition::Override> overrides;
  for (const std::string& text : arguments.set)
    if (auto given = definition::parse_override(text, problems)) overrides.push_back(std::move(*given));
  if (arguments.output) {
    overrides.push_back(
        definition::make_override("run.output", *arguments.output, "--output " + *arguments.output));
  }
  std::vector<definition::Override> all = overrides;
  if (arguments.threads) {
    const std::string number = std::to_string(*arguments.threads);
    all.push_back(definition::make_override("run.threads", number, "--threads " + number));
  }
  definition::check_given(all, problems);
  return overrides;
}

Place shown_place(std::string text) {
  return {std::make_shared<const std::string>(std::move(text)), 0, 0, 1};
}

/// Thousands of threads make a machine unusable and no run faster, and a file from a large machine must run
/// on a small one. Results do not depend on the number.
void limit_threads(plan::Plan& plan) {
  constexpr std::size_t per_processor = 16;
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  if (plan.run.threads <= per_processor * processors) return;
  plan.warnings.push_back({"threads", plan.run.threads_where,
                           std::to_string(plan.run.threads) + " threads are more than " +
                               std::to_string(per_processor) + " for each of " + std::to_string(processors) +
                               " processors: " + std::to_string(per_processor * processors) + " are used",
                           "0 takes one for each processor; results do not depend on their number"});
  plan.run.threads = per_processor * processors;
}

}  // namespace

catalog::PluginCatalog make_catalog(const Arguments& arguments) {
  Problems problems, warnings;
  catalog::check_folders(arguments.plugin_folders, problems, warnings);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  std::cerr << definition::format_problems(warnings, "warning");
  return catalog::PluginCatalog(catalog::search_path(arguments.plugin_folders));
}

LoadedPlan load_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems,
                     const definition::SweepPoint* point) {
  std::vector<definition::Override> overrides = given_overrides(arguments, problems);
  if (point != nullptr) {
    // The file's own output with these values is the folder that holds the runs.
    overrides.insert(overrides.end(), point->overrides.begin(), point->overrides.end());
    Problems ignored;  // reported below
    const std::filesystem::path base = definition::load(arguments.file, overrides, ignored).run.output;
    overrides.push_back(definition::make_override("run.output", (base / point->name).string(), "[sweep]"));
  }
  const definition::Definition definition = definition::load(arguments.file, overrides, problems);
  hint_at_file(arguments.file, problems);
  LoadedPlan loaded;
  // Without a tree there is nothing to plan.
  if (definition.stages.empty() && !problems.empty()) return loaded;
  loaded.plan = plan::make_plan(definition, catalog, problems);
  if (point != nullptr && !loaded.plan.resolved.empty())
    loaded.plan.resolved += definition::point_text(*point);
  // Not an override: results do not depend on it, so neither does the definition that they keep.
  if (arguments.threads) {
    loaded.plan.run.threads = *arguments.threads;
    loaded.plan.run.threads_where = shown_place("--threads " + std::to_string(*arguments.threads));
  }
  limit_threads(loaded.plan);
  loaded.plan.warnings.insert(loaded.plan.warnings.end(), definition.warnings.begin(),
                              definition.warnings.end());
  loaded.without_sweep = definition.without_sweep;
  if (problems.empty() && arguments.until) {
    const std::string shown = "--until " + (arguments.until->empty() ? "''" : *arguments.until);
    loaded.plan = plan::part_until(loaded.plan, *arguments.until, shown, problems);
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
      if (!reported.insert(problem.message).second) continue;
      name_point(problem, point);
      problems.push_back(std::move(problem));
    }
  }
  return plans;
}

void name_point(Problem& problem, const definition::SweepPoint& point) {
  if (problem.where.line == 0) return;  // shown at the argument
  std::set<std::string> typed;
  for (const definition::Override& one : point.overrides)
    if (one.value.where.file && one.value.where.line == 0) typed.insert(*one.value.where.file);
  std::string from;
  for (const std::string& argument : typed) from += (from.empty() ? "" : ", ") + argument;
  problem.hint += (problem.hint.empty() ? "" : "\n") + ("in run '" + point.name + "' of the sweep") +
                  (from.empty() ? "" : " (" + from + ")");
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
