#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <set>
#include <string>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/progress.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/plan/input_files.hpp"
#include "pipeline/plan/make_plan.hpp"
#include "pipeline/plan/plan.hpp"
#include "pipeline/text/printable.hpp"

namespace ipet::cli {
namespace {

namespace fs = std::filesystem;

/// Less than this and no run is worth beginning.
constexpr std::uintmax_t least_free = 64 << 20;

/// The nearest folder that exists: the others will be made in it.
fs::path existing_part(const fs::path& folder) {
  std::error_code error;
  fs::path out = fs::absolute(folder, error).lexically_normal();
  if (!out.has_filename()) out = out.parent_path();
  while (!fs::exists(out, error) && out.has_relative_path()) out = out.parent_path();
  return out;
}

void check_output(const plan::Plan& plan, Problems& problems) {
  const fs::path folder = existing_part(plan.run.output);
  std::string fault;
  std::error_code error;
  if (!fs::is_directory(folder, error))
    fault = folder.string() + " is not a folder";
  else if (::access(folder.c_str(), W_OK | X_OK) != 0)
    fault = "cannot write in " + folder.string() + ": " + std::strerror(errno);
  else if (const fs::space_info space = fs::space(folder, error); !error && space.available < least_free)
    fault = "only " + bytes_text(space.available) + " free in " + folder.string();
  if (!fault.empty())
    report(problems, "output", plan.run.output_where,
           "run.output '" + plan.run.output.string() + "': " + fault,
           "choose another folder with --output DIR");
}

/// How much a run writes is not known beforehand. Captures that it defends are about as large as the inputs,
/// everything else is smaller.
void compare_with_inputs(const plan::Plan& plan, ComponentSource& source, Problems& warnings) {
  std::uintmax_t bytes = 0;
  std::set<std::string> counted;
  for (const plan::NamedInput& input : plan::named_inputs(plan, source))
    if (counted.insert(input.path).second) bytes += plan::bytes_of(input.path);
  const fs::path folder = existing_part(plan.run.output);
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || space.available >= bytes) return;
  report(warnings, "space", plan.run.output_where,
         "the inputs have " + bytes_text(bytes) + ", and " + bytes_text(space.available) + " are free in " +
             folder.string(),
         "windows are smaller than captures, captures that are defended are not");
}

/// Every stage's own checks (contents of inputs, tools, the files that it writes), but for the stages named
/// in `without`; the run's folder and its space; and all plugins, since a stored model may need one that no
/// file names. Results are written beside their final names, so no other temporary folder matters.
void check_environment(const plan::Plan& plan, catalog::PluginCatalog& catalog,
                       const std::set<std::string>& without, Problems& problems, Problems& warnings) {
  Problems found;
  plan::check_environment(plan, without, found);
  // One cause, one error: sinks below the run's folder have met what is wrong with it.
  const bool told =
      std::any_of(found.begin(), found.end(), [](const Problem& p) { return p.code == "output"; });
  if (!told) check_output(plan, found);
  if (!told) compare_with_inputs(plan, catalog, warnings);
  problems.insert(problems.end(), found.begin(), found.end());
  catalog.load_all();
  for (const catalog::LoadFailure& failure : catalog.failures()) {
    report(warnings, failure.code, Place{std::make_shared<const std::string>(failure.path.string()), 0, 0, 1},
           "this plugin cannot be used: " + failure.reason);
  }
}

nlohmann::ordered_json problem_json(const Problem& problem, const char* severity) {
  nlohmann::ordered_json out{{"severity", severity}, {"code", problem.code}};
  if (problem.where.file) out["file"] = *problem.where.file;
  if (problem.where.line != 0) {
    out["line"] = problem.where.line;
    out["column"] = problem.where.column;
    out["length"] = problem.where.length;
  }
  out["message"] = problem.message;
  if (!problem.hint.empty()) out["hint"] = problem.hint;
  return out;
}

void print_plan_json(const plan::Plan& plan, const Problems& problems, const Problems& warnings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Problem& problem : problems) list.push_back(problem_json(problem, "error"));
  for (const Problem& problem : warnings) list.push_back(problem_json(problem, "warning"));
  nlohmann::ordered_json out{{"valid", problems.empty()}};
  if (problems.empty()) {
    out["stages"] = plan.stages.size();
    out["passes"] = plan.passes;
  }
  out["problems"] = std::move(list);
  // A name in the file need not be UTF-8.
  std::cout << out.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_plan(const Arguments& arguments, const plan::Plan& plan, const Problems& problems,
                const Problems& warnings) {
  std::cerr << definition::format_problems(problems, "error")
            << definition::format_problems(warnings, "warning");
  if (!problems.empty()) return;
  const auto plural = [](std::size_t n, const char* end) { return n == 1 ? "" : end; };
  std::cout << text::printable(arguments.file.string()) << ": good, " << plan.stages.size() << " stage"
            << plural(plan.stages.size(), "s") << " in " << plan.passes << " pass"
            << plural(plan.passes, "es") << "\n";
}

/// Checks the file's own run and every point of its sweep, and tells each problem once.
void check_machine(const Arguments& arguments, catalog::PluginCatalog& catalog, const plan::Plan& plan,
                   const LoadedSweep& sweep, const std::vector<plan::Plan>& points, Problems& problems,
                   Problems& warnings) {
  std::set<std::string> told;
  const auto add = [&](Problems& found, Problems& to, const definition::SweepPoint* point) {
    for (Problem& problem : found) {
      if (!told.insert(problem.where.text() + problem.message).second) continue;
      if (point != nullptr) name_point(problem, *point);
      to.push_back(std::move(problem));
    }
  };
  const auto check = [&](const plan::Plan& one, const definition::SweepPoint* point) {
    Problems found, found_warnings;
    const std::set<std::string> without = plan::check_inputs(one, catalog, found);
    if (arguments.environment) check_environment(one, catalog, without, found, found_warnings);
    add(found, problems, point);
    add(found_warnings, warnings, point);
  };
  // The file by itself is no run where a parameter has no value but those of the sweep.
  if (sweep.without_sweep.empty()) check(plan, nullptr);
  for (std::size_t i = 0; i < points.size(); ++i) check(points[i], &sweep.points[i]);
}

int validate(const Arguments& arguments, catalog::PluginCatalog& catalog) {
  Problems problems;
  const plan::Plan plan = load_plan(arguments, catalog, problems);
  Problems warnings = plan.warnings;
  Problems of_sweep;
  const LoadedSweep sweep = load_sweep(arguments, catalog, of_sweep);
  add_others(of_sweep, problems);
  std::vector<plan::Plan> points;
  if (problems.empty()) points = plan_points(arguments, catalog, sweep, problems, warnings);
  if (problems.empty()) check_machine(arguments, catalog, plan, sweep, points, problems, warnings);
  if (arguments.format == "json")
    print_plan_json(plan, problems, warnings);
  else
    print_plan(arguments, plan, problems, warnings);
  return problems.empty() ? done : exit_code(problems);
}

}  // namespace

int validate(const Arguments& arguments) {
  const std::vector<std::filesystem::path> path = plugin_path(arguments);
  if (arguments.environment) {  // checks of the machine are the plugins' code
    catalog::PluginCatalog catalog(path);
    return validate(arguments, catalog);
  }
  catalog::DescribedCatalog catalog(path);
  return validate(arguments, catalog);
}

}  // namespace ipet::cli
