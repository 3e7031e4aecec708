#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/reference.hpp"
#include "pipeline/cli/table.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/text/printable.hpp"

namespace ipet::cli {
namespace {

bool is_own(const catalog::Library& library) {
  std::error_code error;
  return std::filesystem::equivalent(library.path.parent_path(), catalog::own_folder(), error);
}

/// Ours, and what other people's libraries brought: those are shown with where they come from.
void print(const Rows& own, const Rows& foreign) {
  std::cout << aligned(own, 0);
  if (!foreign.empty())
    std::cout << (own.empty() ? "" : "\n") << "not of this ipet, but from:\n" << aligned(foreign, 2);
  std::cout << std::flush;
}

bool is_stage(const Rows::value_type& row) {
  return row[1].starts_with("stage");
}

/// Else nothing builds a plugin that a pipeline names.
bool has_launcher() {
  const char* launcher = std::getenv("IPET_LAUNCHER");
  return launcher != nullptr && *launcher != '\0';
}

void warn(const std::string& code, const std::string& message, const std::string& hint) {
  std::cerr << definition::format_problem({code, {}, message, hint}, "warning");
}

/// In the order of subjects(): stages first, sorted by name.
void add(const std::vector<catalog::KnownPlugin>& unbuilt, Rows& own) {
  for (const catalog::KnownPlugin& plugin : unbuilt)
    own.push_back({plugin.name, plugin.kind,
                   plugin.about + (plugin.lack.empty() ? "" : " (not built: " + plugin.lack + ")")});
  std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) {
    return is_stage(a) != is_stage(b) ? is_stage(a) : a[0] < b[0];
  });
}

int list_json(const catalog::DescribedCatalog& catalog) {
  nlohmann::ordered_json out{{"plugins", nlohmann::json::array()}, {"refused", nlohmann::json::array()}};
  for (const Subject& subject : subjects(catalog, std::nullopt))
    out["plugins"].push_back({{"name", subject.name()},
                              {"kind", subject.kind()},
                              {"about", subject.about()},
                              {"built", true},
                              {"library", subject.library->path.string()}});
  for (const catalog::KnownPlugin& plugin : catalog.unbuilt())
    out["plugins"].push_back({{"name", plugin.name},
                              {"kind", plugin.kind},
                              {"about", plugin.about},
                              {"built", false},
                              {"lacks", plugin.lack}});
  for (const catalog::LoadFailure& failure : catalog.failures())
    out["refused"].push_back(
        {{"library", failure.path.string()}, {"code", failure.code}, {"reason", failure.reason}});
  std::cout << out.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n";
  return done;
}

}  // namespace

int list(const Arguments& arguments) {
  catalog::DescribedCatalog catalog(plugin_path(arguments));
  catalog.load_all();
  if (arguments.format == "json") return list_json(catalog);
  Rows own, foreign;
  for (const Subject& subject : subjects(catalog, std::nullopt)) {
    if (is_own(*subject.library))
      own.push_back({subject.name(), subject.kind(), subject.about()});
    else
      foreign.push_back(
          {text::printable(subject.library->path.string()), subject.name(), subject.kind(), subject.about()});
  }
  const std::vector<catalog::KnownPlugin> unbuilt = catalog.unbuilt();
  add(unbuilt, own);
  print(own, foreign);
  const auto buildable = std::ranges::count_if(unbuilt, &std::string::empty, &catalog::KnownPlugin::lack);
  if (buildable > 0)
    std::cerr << "note: " << buildable << " of these are not built yet: "
              << (has_launcher()
                      ? "a pipeline that names them has them built, and ./ipet build builds all"
                      : "./ipet build in the folder of the sources builds all, as ./ipet run does with those "
                        "that a pipeline names")
              << "\n";
  if (own.empty() && foreign.empty()) warn("search-path", "no plugins", catalog::looked_in(catalog.path()));
  // One broken library does not hide the others.
  for (const catalog::LoadFailure& failure : catalog.failures())
    warn(failure.code, failure.path.string() + " cannot be used: " + failure.reason, "");
  return done;
}

}  // namespace ipet::cli
