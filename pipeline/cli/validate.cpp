#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/plan/make_plan.hpp"

namespace ipet::cli {
namespace {

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

void print_json(const plan::Plan& plan, const Problems& problems) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Problem& problem : problems) list.push_back(problem_json(problem, "error"));
  for (const Problem& problem : plan.warnings) list.push_back(problem_json(problem, "warning"));
  nlohmann::ordered_json out{{"valid", problems.empty()}};
  if (problems.empty()) {
    out["stages"] = plan.stages.size();
    out["passes"] = plan.passes;
  }
  out["problems"] = std::move(list);
  // A name in the file need not be UTF-8.
  std::cout << out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_text(const Arguments& arguments, const plan::Plan& plan, const Problems& problems) {
  std::cerr << definition::format_problems(problems, "error")
            << definition::format_problems(plan.warnings, "warning");
  if (!problems.empty()) return;
  const auto plural = [](std::size_t n, const char* end) { return n == 1 ? "" : end; };
  std::cout << arguments.file.string() << ": good, " << plan.stages.size() << " stage"
            << plural(plan.stages.size(), "s") << " in " << plan.passes << " pass"
            << plural(plan.passes, "es") << "\n";
}

}  // namespace

int validate(const Arguments& arguments) {
  catalog::PluginCatalog catalog = make_catalog(arguments);
  Problems problems;
  const LoadedPlan loaded = load_plan(arguments, catalog, problems);
  const plan::Plan& plan = loaded.plan;
  if (problems.empty()) plan_points(arguments, catalog, loaded.points, problems);
  if (problems.empty() && arguments.environment) plan::check_environment(plan, problems);
  if (arguments.format == "json")
    print_json(plan, problems);
  else
    print_text(arguments, plan, problems);
  return problems.empty() ? done : exit_code(problems);
}

}  // namespace ipet::cli
