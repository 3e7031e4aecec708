#include "pipeline/cli/load_plan.hpp"

#include <algorithm>
#include <iostream>
#include <set>
#include <thread>

#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/definition/include.hpp"
#include "pipeline/definition/overrides.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/plan/make_plan.hpp"
#include "pipeline/plan/option_unit.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/text/printable.hpp"

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

std::vector<fs::path> plugin_path(const Arguments& arguments) {
  Problems problems, warnings;
  catalog::check_folders(arguments.plugin_folders, problems, warnings);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  std::cerr << definition::format_problems(warnings, "warning");
  return catalog::search_path(arguments.plugin_folders);
}

namespace {

/// The definition of that run of the sweep.
definition::Definition definition_of(const Arguments& arguments, const LoadedSweep& sweep,
                                     const definition::SweepPoint& point, Problems& problems) {
  std::vector<definition::Override> overrides = sweep.given;
  overrides.insert(overrides.end(), point.overrides.begin(), point.overrides.end());
  return definition::load(sweep.file->clone(), arguments.file, overrides, problems);
}

void add_words(const Value& value, std::set<std::string>& words) {
  if (const auto* text = value.get_if<std::string>()) {
    words.insert(*text);
  } else if (const auto* array = value.get_if<Array>()) {
    for (const Value& element : *array) add_words(element, words);
  } else if (const Table* table = value.table()) {
    for (const Entry& entry : *table) add_words(entry.value, words);
  }
}

/// Texts in the stages, among which are the names of all plugins but those of options' defaults.
void add_words(const definition::Definition& definition, std::set<std::string>& words) {
  for (const definition::StageDefinition& stage : definition.stages) {
    words.insert(stage.plugin);
    add_words(stage.options, words);
  }
}

/// Where the file puts the run; nothing where it cannot be planned, which planning says.
std::optional<fs::path> output_of(const Arguments& arguments, LoadedSweep& sweep,
                                  const definition::SweepPoint& point) {
  Problems problems;
  const definition::Definition definition = definition_of(arguments, sweep, point, problems);
  const auto counts = [](const Problem& problem) { return problem.code != definition::missing_parameter; };
  if (std::ranges::any_of(problems, counts)) return std::nullopt;
  add_words(definition, sweep.words);
  return definition.run.output;
}

/// Where two points differ, if it is in one axis alone.
std::optional<std::size_t> only_difference(const definition::SweepPoint& a, const definition::SweepPoint& b) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < a.overrides.size(); ++i) {
    if (a.overrides[i].text == b.overrides[i].text) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

/// The one folder below which all runs have theirs. A sweep over it would scatter them, and their table.
/// Gathers the words of the runs, too.
fs::path common_folder(const Arguments& arguments, LoadedSweep& sweep,
                       const std::vector<definition::SweepAxis>& axes, Problems& problems) {
  if (sweep.points.empty()) return {};
  const std::optional<fs::path> folder = output_of(arguments, sweep, sweep.points.front());
  if (!folder) return {};
  for (const definition::SweepPoint& point : sweep.points) {
    // What depends on an axis does so whatever the others are.
    const std::optional<std::size_t> at = only_difference(sweep.points.front(), point);
    if (!at) continue;
    const std::optional<fs::path> own = output_of(arguments, sweep, point);
    if (!own || *own == *folder) continue;
    const std::string& key = point.overrides[*at].key;
    problems.push_back({"sweep", std::ranges::find(axes, key, &definition::SweepAxis::key)->where,
                        "sweep: '" + key + "' would put the runs below several folders ('" +
                            text::shown(folder->string()) + "', '" + text::shown(own->string()) +
                            "'), and each has a folder of its name below one",
                        "leave it out of the sweep; --output DIR says where all of them go"});
    break;
  }
  return *folder;
}

/// Times of axes over options become numbers in the option's unit, where all runs have the same. Whether
/// there are any.
bool use_units(const Arguments& arguments, catalog::PluginCatalog& catalog, const LoadedSweep& sweep,
               std::vector<definition::SweepAxis>& axes) {
  bool found = false;
  for (definition::SweepAxis& axis : axes) {
    if (Array values = axis.values; !axis.key.starts_with("stages.") || !definition::use_unit("s", values))
      continue;
    std::set<std::string> units;  // the plugin may be swept, too
    for (const definition::SweepPoint& point : sweep.points) {
      Problems reported_later;
      if (&point == &sweep.points.front() || only_difference(sweep.points.front(), point))
        units.insert(
            plan::unit_at(definition_of(arguments, sweep, point, reported_later), axis.key, catalog));
    }
    found = (units.size() == 1 && definition::use_unit(*units.begin(), axis.values)) || found;
  }
  return found;
}

/// `point`: of the sweep, null for the file's own run.
plan::Plan plan_of(const Arguments& arguments, catalog::PluginCatalog& catalog,
                   const definition::Definition& definition, const definition::SweepPoint* point,
                   Problems& problems) {
  plan::Plan plan;
  // Without a tree there is nothing to plan.
  if (definition.stages.empty() && !problems.empty()) return plan;
  plan = plan::make_plan(definition, catalog, problems);
  if (point != nullptr && !plan.resolved.empty()) plan.resolved += definition::point_text(*point);
  // Not an override: results do not depend on it, so neither does the definition that they keep.
  if (arguments.threads) {
    plan.run.threads = *arguments.threads;
    plan.run.threads_where = shown_place("--threads " + std::to_string(*arguments.threads));
  }
  limit_threads(plan);
  if (point == nullptr)
    plan.warnings.insert(plan.warnings.end(), definition.warnings.begin(), definition.warnings.end());
  if (problems.empty() && arguments.until) {
    const std::string shown = "--until " + (arguments.until->empty() ? "''" : *arguments.until);
    plan = plan::part_until(plan, *arguments.until, shown, problems);
  }
  return plan;
}

}  // namespace

LoadedSweep load_sweep(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems) {
  LoadedSweep sweep;
  sweep.given = given_overrides(arguments, problems);
  sweep.file = definition::load_merged(arguments.file, problems);
  hint_at_file(arguments.file, problems);
  if (!sweep.file) return sweep;
  definition::Definition definition =
      definition::load(sweep.file->clone(), arguments.file, sweep.given, problems);
  const Entry* params = sweep.file->find("params");
  const bool is_parameter = params != nullptr && params->value.find("sweep") != nullptr;
  std::erase_if(sweep.given, [&](const definition::Override& one) {
    return one.key.starts_with("sweep.") || (one.key == "sweep" && !is_parameter);
  });
  std::erase_if(*sweep.file->table(), [](const Entry& entry) { return entry.key == "sweep"; });
  // Only who has planned knows whether a stage that runs needs them.
  std::erase_if(problems,
                [](const Problem& problem) { return problem.code == definition::missing_parameter; });
  sweep.without_sweep = definition.without_sweep;
  sweep.warnings = definition.warnings;
  if (definition.sweep.empty() || !problems.empty()) return sweep;
  sweep.points = definition::sweep_points(definition.sweep, sweep.given, problems);
  if (problems.empty() && use_units(arguments, catalog, sweep, definition.sweep))
    sweep.points = definition::sweep_points(definition.sweep, sweep.given, problems);
  if (problems.empty()) sweep.folder = common_folder(arguments, sweep, definition.sweep, problems);
  return sweep;
}

plan::Plan load_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems) {
  const std::vector<definition::Override> given = given_overrides(arguments, problems);
  const definition::Definition definition = definition::load(arguments.file, given, problems);
  hint_at_file(arguments.file, problems);
  std::set<std::string> words;
  add_words(definition, words);
  catalog.build_named(words);
  return plan_of(arguments, catalog, definition, nullptr, problems);
}

std::vector<plan::Plan> plan_points(const Arguments& arguments, catalog::PluginCatalog& catalog,
                                    const LoadedSweep& sweep, Problems& problems, Problems& warnings) {
  catalog.build_named(sweep.words);
  std::vector<plan::Plan> plans;
  std::set<std::string> reported;  // what is wrong with the file is wrong with every point
  for (const Problem& warning : warnings) reported.insert(warning.message);
  const auto report = [&](Problems& found, Problems& to, const definition::SweepPoint& point) {
    for (Problem& problem : found) {
      if (!reported.insert(problem.message).second) continue;
      name_point(problem, point);
      to.push_back(std::move(problem));
    }
  };
  for (const definition::SweepPoint& point : sweep.points) {
    Problems found;
    definition::SweepPoint placed = point;
    placed.overrides.push_back(
        definition::make_override("run.output", (sweep.folder / point.name).string(), "[sweep]"));
    const definition::Definition definition = definition_of(arguments, sweep, placed, found);
    plans.push_back(plan_of(arguments, catalog, definition, &point, found));
    report(found, problems, point);
    report(plans.back().warnings, warnings, point);
  }
  return plans;
}

void add_others(Problems& found, Problems& to) {
  const auto text = [](const Problem& problem) { return problem.where.text() + problem.message; };
  for (Problem& problem : found)
    if (std::ranges::find(to, text(problem), text) == to.end()) to.push_back(std::move(problem));
}

void name_point(Problem& problem, const definition::SweepPoint& point) {
  if (problem.where.line == 0 || point.name.empty())
    return;  // shown at the argument; every axis has one value
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

plan::Plan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog) {
  Problems of_sweep;
  (void)load_sweep(arguments, catalog, of_sweep);
  return checked_plan(arguments, catalog, std::move(of_sweep));
}

plan::Plan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems of_sweep) {
  Problems problems;
  plan::Plan plan = load_plan(arguments, catalog, problems);
  add_others(of_sweep, problems);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  std::cerr << definition::format_problems(plan.warnings, "warning");
  return plan;
}

}  // namespace ipet::cli
