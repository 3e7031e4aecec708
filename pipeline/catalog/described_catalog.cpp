#include "pipeline/catalog/described_catalog.hpp"

#include <algorithm>
#include <cstdlib>

#include "pipeline/catalog/description_cache.hpp"
#include "pipeline/checksum/content_hash.hpp"

namespace ipet::catalog {
namespace {

namespace fs = std::filesystem;

/// Verdicts that are kept of one plugin.
constexpr std::size_t most_verdicts = 1000;
/// A component may name others as its default, and so on, in a circle where somebody wants one.
constexpr std::size_t most_components = 200;

std::string what(const StageDescription& stage) {
  return "stage '" + stage.name + "'";
}
std::string what(const ComponentDescription& component) {
  return component.interface.name + " '" + component.name + "'";
}

}  // namespace

DescribedCatalog::~DescribedCatalog() {
  for (const auto& [file, plugin] : plugins_)
    if (plugin.changed) keep_description(file, plugin.checksum, plugin.description);
}

void DescribedCatalog::load_kept() {
  for (const fs::path& file : files()) {
    try {
      if (kept_description(file, file_checksum(file))) load(file);
    } catch (const std::exception&) {  // what is wrong with the file, the loader says
    }
  }
}

PluginDescription DescribedCatalog::loaded(const fs::path& file) {
  if (!loading_.load(file)) {
    const LoadFailure& failure = *std::ranges::find(loading_.failures(), file, &LoadFailure::path);
    throw LoadError(failure.code, failure.reason);
  }
  const Library& library = *std::ranges::find(loading_.libraries(), file, &Library::path);
  PluginDescription out{library.name, library.version, {}, {}, {}, {}};
  for (const StageDescription* stage : library.stages) out.stages.push_back(*stage);
  for (const ComponentDescription* component : library.components) out.components.push_back(*component);
  for (const VerbDescription* verb : library.verbs) out.verbs.push_back(*verb);
  return out;
}

DescribedCatalog::Plugin& DescribedCatalog::described(const fs::path& file) {
  if (const auto found = plugins_.find(file); found != plugins_.end()) return found->second;
  Plugin plugin;
  std::optional<PluginDescription> kept;
  try {
    plugin.checksum = file_checksum(file);
    kept = kept_description(file, plugin.checksum);
  } catch (const std::exception&) {  // what is wrong with the file, the loader says
  }
  if (kept) {
    plugin.description = std::move(*kept);
  } else {
    plugin.description = loaded(file);
    plugin.changed = true;
  }
  return plugins_.emplace(file, std::move(plugin)).first->second;
}

Library DescribedCatalog::open(const fs::path& file, Registry& registry, bool own_name_only) {
  const Plugin& plugin = described(file);
  Registry added;
  for (StageDescription stage : plugin.description.stages) {
    stand_in(stage, what(stage), file,
             [name = stage.name](PluginCatalog& loading, const Place& where, Problems& problems) {
               const StageDescription* loaded = loading.find_stage(name, where, problems);
               return loaded == nullptr ? nullptr : &loaded->options;
             });
    stage.check_environment = nullptr;
    added.add(std::move(stage));
  }
  for (ComponentDescription component : plugin.description.components) {
    stand_in(component, what(component), file,
             [name = component.name, interface = component.interface](
                 PluginCatalog& loading, const Place& where, Problems& problems) {
               const ComponentDescription* loaded = loading.find_component(interface, name, where, problems);
               return loaded == nullptr ? nullptr : &loaded->options;
             });
    added.add(std::move(component));
  }
  for (const VerbDescription& verb : plugin.description.verbs) added.add(verb);
  Library library{file, plugin.description.name, plugin.description.version, {}, {}};
  return admitted(std::move(library), std::move(added), registry, own_name_only);
}

template <class Description>
void DescribedCatalog::stand_in(Description& description, const std::string& name, const fs::path& file,
                                Find find) {
  description.create = nullptr;
  checksums_.insert_or_assign(name, plugins_.at(file).checksum);
  description.options.parse = [this, name, file, options = description.options.options,
                               find = std::move(find)](const Value& table, const std::string& owner,
                                                       ComponentSource&, Problems& problems) {
    return judge(name, file, options, find, table, owner, problems);
  };
}

Options DescribedCatalog::judge(const std::string& name, const fs::path& file,
                                const std::vector<OptionDescription>& options, const Find& find,
                                const Value& table, const std::string& owner, Problems& problems) {
  Plugin& plugin = plugins_.at(file);
  std::vector<std::string>& good = plugin.description.good;
  checksum::ContentHash hash;
  hash.add(std::getenv("HOME") != nullptr ? "home" : "");  // "~" in a path
  std::size_t left = most_components;
  const bool known = add(hash, name, options, table, left);
  if (known && std::ranges::find(good, hash.text()) != good.end()) return std::make_shared<const char>();
  loading_.take_failures(failures());
  loading_.load(file);
  const OptionSet* loaded = find(loading_, table.where, problems);
  if (loaded == nullptr) return nullptr;
  Options parsed = loaded->parse(table, owner, loading_, problems);
  if (parsed && known) {
    if (good.size() >= most_verdicts) good.erase(good.begin());
    good.push_back(hash.text());
    plugin.changed = true;
  }
  return parsed;
}

bool DescribedCatalog::add(checksum::ContentHash& hash, const std::string& name,
                           const std::vector<OptionDescription>& options, const Value& table,
                           std::size_t& left) {
  if (left == 0) return false;
  --left;
  hash.add(name).add(checksums_[name]).add(table.toml());
  for (const OptionDescription& option : options) {
    Problems not_found;
    for (const NamedComponent& component : components_of(option, value_of(option, table), *this, not_found))
      if (!add(hash, what(*component.description), component.description->options.options, component.table,
               left)) {
        left = 0;
        return false;
      }
    if (!not_found.empty()) return false;
  }
  return true;
}

}  // namespace ipet::catalog
