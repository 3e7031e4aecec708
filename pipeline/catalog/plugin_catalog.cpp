#include "pipeline/catalog/plugin_catalog.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "pipeline/text/shell.hpp"
#include "pipeline/text/shipped.hpp"

namespace ipet::catalog {

namespace fs = std::filesystem;

namespace {

/// Plugin files of a folder, sorted; nothing when it cannot be read.
std::vector<fs::path> libraries_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (i->path().extension() == ".so") out.push_back(i->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// With the home folder for '~'; as it is where there is none, which fault_of tells.
fs::path expanded(const fs::path& folder) {
  return text::with_home(folder.string()).value_or(folder.string());
}

std::vector<fs::path> folders_of_environment() {
  std::vector<fs::path> out;
  if (const char* variable = std::getenv("IPET_PLUGIN_PATH")) {
    std::istringstream folders(variable);
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (!folder.empty()) out.push_back(expanded(folder));
    }
  }
  return out;
}

bool contains(const std::vector<fs::path>& folders, const fs::path& folder) {
  return std::find(folders.begin(), folders.end(), folder) != folders.end();
}

bool is_beside(const fs::path& folder) {
  return folder.parent_path() == text::program_file().parent_path();
}

/// What keeps a folder from being searched, or "".
std::string fault_of(const fs::path& folder) {
  std::error_code error;
  if (!text::with_home(folder.string())) return text::home_fault(folder.string());
  if (!fs::exists(folder, error)) return "no such folder";
  if (!fs::is_directory(folder, error)) return "a file, not a folder";
  fs::directory_iterator readable(folder, error);
  return error ? error.message() : "";
}

bool stands_beside_the_program(const fs::path& file) {
  std::error_code error;
  return fs::equivalent(file.parent_path(), own_folder(), error);
}

}  // namespace

fs::path own_folder() {
  std::error_code error;
  const fs::path program = text::program_file();
  if (program.empty()) return {};
  const fs::path beside = program.parent_path() / "plugins";
  const fs::path installed = (program.parent_path() / IPET_PLUGINS_FROM_PROGRAM).lexically_normal();
  return !fs::exists(beside, error) && fs::exists(installed, error) ? installed : beside;
}

fs::path user_folder() {
  const std::optional<std::string> folder = text::with_home("~/.local/lib/ipet");
  return folder.value_or("");
}

std::vector<fs::path> search_path(const std::vector<fs::path>& given) {
  std::vector<fs::path> out;
  for (const fs::path& folder : given) out.push_back(expanded(folder));
  for (fs::path& folder : folders_of_environment()) out.push_back(std::move(folder));
  std::error_code error;
  if (fs::path users = user_folder(); fs::is_directory(users, error)) out.push_back(std::move(users));
  if (fs::path own = own_folder(); !own.empty()) out.push_back(std::move(own));
  return out;
}

std::vector<SearchedFolder> searched_folders(const std::vector<fs::path>& path) {
  const std::vector<fs::path> of_environment = folders_of_environment();
  std::vector<SearchedFolder> out;
  for (const fs::path& folder : path)
    out.push_back({folder.empty() ? fs::path("''") : fs::absolute(folder).lexically_normal(),
                   folder == own_folder() ? (is_beside(folder) ? "beside the program" : "installed")
                   : contains(of_environment, folder) ? "IPET_PLUGIN_PATH"
                   : folder == user_folder()          ? "your own"
                                                      : "--plugins",
                   fault_of(folder)});
  return out;
}

std::string looked_in(const std::vector<fs::path>& path) {
  std::string out;
  for (const auto& [folder, origin, fault] : searched_folders(path)) {
    out += (out.empty() ? "looked in: " : ", ") + folder.string() + " (" + origin;
    out += (fault.empty() ? "" : "; " + fault) + ")";
  }
  return out + "; name more folders with --plugins DIR, or IPET_PLUGIN_PATH=DIR:DIR";
}

void check_folders(const std::vector<fs::path>& given, Problems& problems, Problems& warnings) {
  const std::vector<fs::path> path = search_path(given);
  const std::vector<fs::path> of_environment = folders_of_environment();
  const auto check = [&](const fs::path& folder, const std::string& shown, Problems& faults) {
    const Place where{std::make_shared<const std::string>(shown), 0, 0, 1};
    const std::string fault = fault_of(folder);
    if (!fault.empty())
      report(faults, "search-path", where, "'" + folder.string() + "': " + fault, looked_in(path));
    else if (libraries_in(folder).empty())
      report(warnings, "search-path", where, "'" + folder.string() + "' holds no plugins (NAME.so)",
             looked_in(path));
  };
  for (const fs::path& folder : given)
    check(expanded(folder), "--plugins " + (folder.empty() ? "''" : folder.string()), problems);
  for (const fs::path& folder : of_environment)
    check(folder, "environment variable IPET_PLUGIN_PATH", warnings);
}

fs::path PluginCatalog::file_of(const std::string& name) const {
  std::error_code error;
  for (const fs::path& folder : path_) {
    const fs::path file = folder / (name + ".so");
    // A link that leads nowhere is a plugin that cannot be loaded, not one that is missing.
    if (fs::exists(fs::symlink_status(file, error))) return file;
  }
  return {};
}

const LoadFailure* PluginCatalog::failure_of(const fs::path& file) const {
  for (const LoadFailure& failure : failures_) {
    if (failure.path == file) return &failure;
  }
  return nullptr;
}

const LoadFailure* PluginCatalog::failure_for(const std::string& name) const {
  const fs::path file = file_of(name);
  return failure_of(file.empty() ? own_folder() / (name + ".so") : file);
}

bool PluginCatalog::load(const fs::path& file) {
  const auto same = [&](const Library& library) { return library.path == file; };
  if (std::any_of(libraries_.begin(), libraries_.end(), same)) return true;
  if (failure_of(file) != nullptr) return false;
  try {
    libraries_.push_back(open(file, registry_, stands_beside_the_program(file)));
    return true;
  } catch (const LoadError& error) {
    failures_.push_back({file, error.code(), error.what()});
    return false;
  }
}

Library PluginCatalog::open(const fs::path& file, Registry& registry, bool own_name_only) {
  return load_library(file, registry, own_name_only);
}

void PluginCatalog::build(std::vector<std::string> names) {
  for (const KnownPlugin& plugin : unbuilt()) {
    if (plugin.lack.empty() || std::erase(names, plugin.name) == 0) continue;
    failures_.push_back({own_folder() / (plugin.name + ".so"), "plugin-not-built",
                         "not built: " + plugin.lack + "; install that and build ipet again"});
  }
  if (names.empty()) return;
  std::string fault = build_plugins(names);
  if (fault.empty()) fault = "it was to be built, which went well, but is not there";
  std::error_code error;
  for (const std::string& name : names)
    if (const fs::path file = own_folder() / (name + ".so"); !fs::exists(file, error))
      failures_.push_back({file, "plugin-not-built", fault});
}

void PluginCatalog::build_named(const std::set<std::string>& words) {
  if (launcher() == nullptr) return;
  std::vector<std::string> names;
  for (const KnownPlugin& plugin : unbuilt())
    if (words.contains(plugin.name) && file_of(plugin.name).empty() && failure_for(plugin.name) == nullptr)
      names.push_back(plugin.name);  // else somebody's own has the name, or it cannot be built
  if (!names.empty()) build(names);
}

void PluginCatalog::look_for(const std::string& name) {
  // A name that is a path would leave the search path.
  fs::path file = name.find('/') == std::string::npos ? file_of(name) : fs::path();
  if (file.empty() && is_unbuilt(name)) {
    if (failure_for(name) == nullptr) build({name});
    file = file_of(name);
    if (file.empty()) return;
  }
  if (!file.empty() && !load(file)) return;
  if (library_of(name) == nullptr) load_others();
}

std::vector<fs::path> PluginCatalog::files() const {
  std::vector<fs::path> out;
  std::set<fs::path> seen;  // a file name stands for the first of the path
  for (const fs::path& folder : path_) {
    for (fs::path& file : libraries_in(folder))
      if (seen.insert(file.filename()).second) out.push_back(std::move(file));
  }
  return out;
}

std::vector<KnownPlugin> PluginCatalog::unbuilt() const {
  std::vector<KnownPlugin> out;
  // Only where our own folder is looked through.
  if (contains(path_, own_folder())) out = known_plugins(own_folder());
  std::erase_if(out, [](const KnownPlugin& plugin) { return plugin.is_built; });
  return out;
}

bool PluginCatalog::is_unbuilt(const std::string& name) const {
  const std::vector<KnownPlugin> known = unbuilt();
  return std::any_of(known.begin(), known.end(), [&](const auto& plugin) { return plugin.name == name; });
}

void PluginCatalog::load_all() {
  for (const fs::path& file : files()) load(file);
}

void PluginCatalog::load_others() {
  for (const fs::path& file : files())
    if (!stands_beside_the_program(file)) load(file);
}

std::string PluginCatalog::hint_at(const std::string& word, const std::string& kind,
                                   const std::string& has) const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const std::string& its_kind) {
    if (kind.empty() || its_kind == kind) names.push_back(name);
  };
  for (const StageDescription& stage : registry_.stages()) add(stage.name, "stage");
  for (const ComponentDescription& component : registry_.components())
    add(component.name, component.interface.name);
  if (contains(path_, own_folder()))
    for (const KnownPlugin& plugin : known_plugins(own_folder()))
      if (library_of(plugin.name) == nullptr) add(plugin.name, plugin.kind.empty() ? kind : plugin.sort());
  return misspelt_hint(word, names, has);
}

const Library* PluginCatalog::library_of(const std::string& name) const {
  const auto is_called = [&](const auto* registered) { return registered->name == name; };
  for (const Library& library : libraries_)
    if (std::ranges::any_of(library.stages, is_called) ||
        std::ranges::any_of(library.components, is_called) || std::ranges::any_of(library.verbs, is_called))
      return &library;
  return nullptr;
}

std::vector<VerbDescription> PluginCatalog::verbs() const {
  std::vector<VerbDescription> out(registry_.verbs().begin(), registry_.verbs().end());
  if (contains(path_, own_folder()))
    for (VerbDescription& verb : known_verbs(own_folder()))
      if (registry_.verb(verb.name) == nullptr) out.push_back(std::move(verb));
  std::ranges::sort(out, {}, &VerbDescription::name);
  return out;
}

void PluginCatalog::report_failure(const LoadFailure& failure, const std::string& name, const Place& where,
                                   Problems& problems) const {
  std::string tried;
  for (const fs::path& folder : path_) {
    const fs::path file = folder / (name + ".so");
    if (!tried.empty()) tried += ", ";
    tried += file.string();
    if (file == failure.path) break;
  }
  report(problems, failure.code, where,
         "plugin '" + name + "' cannot be used: " + failure.path.string() + ": " + failure.reason,
         "tried: " + tried);
}

std::string PluginCatalog::failures_text() const {
  std::string out;
  for (const LoadFailure& failure : failures_) {
    out += "; ";
    out += failure.path.string() + " cannot be used: " + failure.reason;
  }
  return out;
}

const StageDescription* PluginCatalog::find_stage(const std::string& name, const Place& where,
                                                  Problems& problems) {
  if (registry_.stage(name) == nullptr) look_for(name);
  if (const StageDescription* stage = registry_.stage(name)) return stage;
  if (const LoadFailure* failure = failure_for(name)) {
    report_failure(*failure, name, where, problems);
    return nullptr;
  }
  if (const ComponentDescription* component = registry_.any_component(name)) {
    report(problems, "unknown-plugin", where,
           "'" + name + "' is a " + component->interface.name + ", not a stage",
           "it is named by an option of a stage");
    return nullptr;
  }
  const std::string hint = hint_at(name, "stage", "stages: ");
  report(problems, "unknown-plugin", where, "no plugin '" + name + "'",
         hint + failures_text() + "; " + looked_in(path_));
  return nullptr;
}

const ComponentDescription* PluginCatalog::find_component(const TypeName& interface, const std::string& name,
                                                          const Place& where, Problems& problems) {
  if (registry_.component(interface, name) == nullptr) look_for(name);
  if (registry_.any_component(name) == nullptr && contains(path_, own_folder()))
    if (const std::string now = present_name(own_folder(), name); !now.empty())
      return find_component(interface, now, where, problems);
  const ComponentDescription* found = registry_.component(interface, name);
  if (found != nullptr && found->interface == interface) return found;
  if (found != nullptr) {
    const bool version = found->interface.version != interface.version;
    report(problems, "plugin-interface", where,
           "'" + name + "' was built for " + found->interface.text() + ", here is " + interface.text() +
               (version ? "" : " of another layout"),
           "rebuild it against the headers of this ipet");
    return nullptr;
  }
  if (const LoadFailure* failure = failure_for(name)) {
    report_failure(*failure, name, where, problems);
    return nullptr;
  }
  const ComponentDescription* other = registry_.any_component(name);
  std::string message = "no " + interface.name + " '" + name + "'";
  if (other != nullptr) message += ", it is a " + other->interface.name;
  if (other == nullptr && registry_.stage(name) != nullptr) message += ", it is a stage";
  const std::string hint = hint_at(name, interface.name, "there are: ");
  report(problems, "unknown-component", where, message, hint + failures_text() + "; " + looked_in(path_));
  return nullptr;
}

std::vector<PluginRecord> PluginCatalog::records() const {
  std::vector<PluginRecord> out;
  for (const Library& library : libraries_) {
    out.push_back({library.name, library.version, library.path.string(), file_checksum(library.path)});
  }
  std::sort(out.begin(), out.end(),
            [](const PluginRecord& a, const PluginRecord& b) { return a.name < b.name; });
  return out;
}

bool is_plugin_problem(const Problem& problem) {
  return problem.code.rfind("plugin-", 0) == 0;
}

}  // namespace ipet::catalog
