// Plugins by their kept descriptions, for whoever checks and shows but does not run. A plugin is loaded where
// none is kept, and where its own code has to say whether options are good that it has not seen yet.
#pragma once

#include <functional>
#include <map>

#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/catalog/plugin_description.hpp"

namespace ipet::checksum {
class ContentHash;
}

namespace ipet::catalog {

/// Descriptions are whole but for their functions: `parse` tells only whether options are good, and gives
/// no options that could be used. The same problems come, in the same words, as from PluginCatalog, but for
/// those of a library that can no longer be loaded.
class DescribedCatalog final : public PluginCatalog {
 public:
  explicit DescribedCatalog(std::vector<std::filesystem::path> path)
      : PluginCatalog(path), loading_(std::move(path)) {}
  DescribedCatalog(const DescribedCatalog&) = delete;
  DescribedCatalog& operator=(const DescribedCatalog&) = delete;
  /// Keeps what is new.
  ~DescribedCatalog() override;
  /// All of the path whose descriptions are kept: no library is loaded.
  void load_kept();

 private:
  struct Plugin {
    std::string checksum;
    PluginDescription description;
    bool changed = false;
  };
  /// The options of what is called so, loaded; null, with a problem, when that fails.
  using Find = std::function<const OptionSet*(PluginCatalog& loading, const Place& where, Problems&)>;

  Library open(const std::filesystem::path& file, Registry& registry, bool own_name_only) override;
  /// Throws LoadError.
  PluginDescription loaded(const std::filesystem::path& file);
  Plugin& described(const std::filesystem::path& file);
  /// Lets the options be judged by what is kept, or else by the code that `find` finds.
  template <class Description>
  void stand_in(Description& description, const std::string& what, const std::filesystem::path& file,
                Find find);
  Options judge(const std::string& what, const std::filesystem::path& file,
                const std::vector<OptionDescription>& options, const Find& find, const Value& table,
                const std::string& owner, Problems& problems);
  /// All that decides whether these options are good: themselves, the plugin, and those of the components
  /// that they name. False where one of these is not found.
  bool add(checksum::ContentHash& hash, const std::string& what,
           const std::vector<OptionDescription>& options, const Value& table, std::size_t& left);

  PluginCatalog loading_;
  std::map<std::filesystem::path, Plugin> plugins_;
  std::map<std::string, std::string> checksums_;  ///< by "stage 'windowing'", "defence 'front'"
};

}  // namespace ipet::catalog
