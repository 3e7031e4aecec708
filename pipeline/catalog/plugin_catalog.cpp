#include "pipeline/catalog/plugin_catalog.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/text/shell.hpp"

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

}  // namespace

std::vector<fs::path> search_path(const std::vector<fs::path>& given) {
  std::vector<fs::path> out = given;
  if (const char* variable = std::getenv("IPET_PLUGIN_PATH")) {
    std::istringstream folders(variable);
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (!folder.empty()) out.emplace_back(text::with_home(folder).value_or(folder));
    }
  }
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (!error) out.push_back(executable.parent_path() / "plugins");
  return out;
}

fs::path PluginCatalog::file_of(const std::string& name) const {
  std::error_code error;
  for (const fs::path& folder : path_) {
    const fs::path file = folder / (name + ".so");
    if (fs::exists(file, error)) return file;
  }
  return {};
}

const LoadFailure* PluginCatalog::failure_of(const fs::path& file) const {
  for (const LoadFailure& failure : failures_) {
    if (failure.path == file) return &failure;
  }
  return nullptr;
}

bool PluginCatalog::load(const fs::path& file) {
  const auto same = [&](const Library& library) { return library.path == file; };
  if (std::any_of(libraries_.begin(), libraries_.end(), same)) return true;
  if (failure_of(file) != nullptr) return false;
  try {
    libraries_.push_back(load_library(file, registry_));
    return true;
  } catch (const LoadError& error) {
    failures_.push_back({file, error.code(), error.what()});
    return false;
  }
}

void PluginCatalog::look_for(const std::string& name) {
  // A name that is a path would leave the search path.
  const fs::path file = name.find('/') == std::string::npos ? file_of(name) : fs::path();
  if (!file.empty() && !load(file)) return;
  if (library_of(name) == nullptr) load_all();
}

void PluginCatalog::load_all() {
  if (all_loaded_) return;
  all_loaded_ = true;
  std::vector<std::string> seen;  // a file name stands for the first of the path
  for (const fs::path& folder : path_) {
    for (const fs::path& file : libraries_in(folder)) {
      if (std::find(seen.begin(), seen.end(), file.filename()) != seen.end()) continue;
      seen.push_back(file.filename());
      load(file);
    }
  }
}

const Library* PluginCatalog::library_of(const std::string& name) const {
  for (const Library& library : libraries_) {
    const auto& names = library.components;
    if (std::find(names.begin(), names.end(), name) != names.end()) return &library;
  }
  return nullptr;
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
  problems.push_back(
      {failure.code, where,
       "plugin '" + name + "' cannot be used: " + failure.path.string() + ": " + failure.reason,
       "tried: " + tried});
}

std::string PluginCatalog::failures_text() const {
  std::string out;
  for (const LoadFailure& failure : failures_) {
    out += "; ";
    out += failure.path.string() + " cannot be used: " + failure.reason;
  }
  return out;
}

std::string PluginCatalog::searched_text() const {
  std::string out = "looked in";
  std::error_code error;
  for (std::size_t i = 0; i < path_.size(); ++i) {
    out += (i == 0 ? " " : ", ") + path_[i].string();
    if (!fs::is_directory(path_[i], error)) out += " (no such folder)";
  }
  return out + "; --plugins DIR and IPET_PLUGIN_PATH=DIR:DIR add folders";
}

const StageDescription* PluginCatalog::find_stage(const std::string& name, const Place& where,
                                                  Problems& problems) {
  if (registry_.stage(name) == nullptr) look_for(name);
  if (const StageDescription* stage = registry_.stage(name)) return stage;
  if (const LoadFailure* failure = failure_of(file_of(name))) {
    report_failure(*failure, name, where, problems);
    return nullptr;
  }
  load_all();
  if (const ComponentDescription* component = registry_.any_component(name)) {
    problems.push_back({"unknown-plugin", where,
                        "'" + name + "' is a " + component->interface.name + ", not a stage",
                        "it is named by an option of a stage"});
    return nullptr;
  }
  std::vector<std::string> names;
  for (const StageDescription& stage : registry_.stages()) names.push_back(stage.name);
  const std::string hint = misspelt_hint(name, names, "stages: ") + failures_text() + "; " + searched_text();
  problems.push_back({"unknown-plugin", where, "no plugin '" + name + "'", hint});
  return nullptr;
}

const ComponentDescription* PluginCatalog::find_component(const TypeName& interface, const std::string& name,
                                                          const Place& where, Problems& problems) {
  if (registry_.component(interface, name) == nullptr) look_for(name);
  const ComponentDescription* found = registry_.component(interface, name);
  if (found != nullptr && found->interface == interface) return found;
  if (found != nullptr) {
    const bool version = found->interface.version != interface.version;
    problems.push_back({"plugin-interface", where,
                        "'" + name + "' was built for " + found->interface.text() + ", here is " +
                            interface.text() + (version ? "" : " of another layout"),
                        "rebuild it against the headers of this ipet"});
    return nullptr;
  }
  if (const LoadFailure* failure = failure_of(file_of(name))) {
    report_failure(*failure, name, where, problems);
    return nullptr;
  }
  load_all();
  std::vector<std::string> names;
  for (const ComponentDescription& component : registry_.components()) {
    if (component.interface.name == interface.name) names.push_back(component.name);
  }
  const ComponentDescription* other = registry_.any_component(name);
  std::string message = "no " + interface.name + " '" + name + "'";
  if (other != nullptr) message += ", it is a " + other->interface.name;
  if (other == nullptr && registry_.stage(name) != nullptr) message += ", it is a stage";
  problems.push_back({"unknown-component", where, message,
                      misspelt_hint(name, names, "there are: ") + failures_text() + "; " + searched_text()});
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
