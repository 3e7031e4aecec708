#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/reference.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/text/shell.hpp"

namespace ipet::cli {
namespace {

void report(const std::string& code, const std::string& message, const std::string& hint) {
  std::cerr << definition::format_problem({code, {}, message, hint}, "error");
}

int report_missing(const catalog::PluginCatalog& catalog, const std::string& name) {
  for (const catalog::LoadFailure& failure : catalog.failures()) {
    if (failure.path.stem() != name) continue;
    report(failure.code,
           "plugin '" + name + "' cannot be used: " + failure.path.string() + ": " + failure.reason, "");
    return plugin_unusable;
  }
  if (name.ends_with(".toml"))
    report("unknown-plugin", "'" + text::shown(name) + "' is no stage, model or defence",
           "of a pipeline file, ipet plan " + text::shell_quoted(name) + " shows the stages");
  else
    report("unknown-plugin", "there is no '" + text::shown(name) + "'",
           catalog.hint_at(name, "", "there are: ") + "\n" + catalog::looked_in(catalog.path()));
  return definition_wrong;
}

void print_plugins_json(const std::vector<Subject>& found) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Subject& subject : found) out.push_back(json_reference(subject));
  std::cout << out.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_markdown(const std::vector<Subject>& found, bool all) {
  if (all) {
    std::cout
        << "# Stages and components\n\nWritten by `ipet inspect --all --format markdown`; every table comes "
           "from the declarations in the plugins.\n";
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0 || all) std::cout << "\n";
    std::cout << markdown_reference(found[i]);
  }
}

void print_plugins(const std::vector<Subject>& found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0) std::cout << "\n\n";
    std::cout << text_reference(found[i]);
  }
}

}  // namespace

int inspect(const Arguments& arguments) {
  catalog::DescribedCatalog catalog(plugin_path(arguments));
  std::optional<std::string> name;
  if (arguments.all) {
    catalog.load_all();
  } else {
    name = arguments.name;
    catalog.look_for(*name);
  }
  const std::vector<Subject> found = subjects(catalog, name);
  if (const auto unbuilt = catalog.unbuilt(); arguments.all && !unbuilt.empty())
    std::cerr << "warning: " << unbuilt.size()
              << " plugins are not built and left out; ./ipet build in the folder of the sources builds them"
              << (std::ranges::any_of(unbuilt, [](const auto& plugin) { return !plugin.lack.empty(); })
                      ? ", but for those that lack a library: see ipet list"
                      : "")
              << "\n";
  if (found.empty() && name) return report_missing(catalog, *name);
  if (arguments.format == "json")
    print_plugins_json(found);
  else if (arguments.format == "markdown")
    print_markdown(found, arguments.all);
  else
    print_plugins(found);
  return done;
}

}  // namespace ipet::cli
