// Finds plugins on a search path and loads those that are asked for, and only those where that can be told.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "pipeline/catalog/known_plugins.hpp"
#include "pipeline/catalog/library.hpp"
#include "pipeline/catalog/registry.hpp"

namespace ipet::catalog {

/// Folders in which plugins are looked for, first to last: those given, then those of the environment
/// variable IPET_PLUGIN_PATH (separated by colons), the user's own where there is one, then the program's.
/// Never the working directory, unless somebody names it.
std::vector<std::filesystem::path> search_path(const std::vector<std::filesystem::path>& given);

/// The last of them: `plugins` beside the executable, or that of an installation (lib/ipet/plugins). Plugins
/// from other folders are not of this build.
std::filesystem::path own_folder();
/// ~/.local/lib/ipet; "" where there is no home.
std::filesystem::path user_folder();
struct SearchedFolder {
  std::filesystem::path path;  ///< absolute
  std::string origin;  ///< "--plugins", "IPET_PLUGIN_PATH", "your own", "installed", "beside the program"
  std::string fault;   ///< what keeps it from being searched, or ""
};
/// What the folders of a search path are.
std::vector<SearchedFolder> searched_folders(const std::vector<std::filesystem::path>& path);
/// "looked in: DIR (--plugins), DIR (IPET_PLUGIN_PATH; no such folder), ...", and how to name more folders.
std::string looked_in(const std::vector<std::filesystem::path>& path);
/// What is wrong with the folders that a user named: not there, no folder, without plugins. A folder of the
/// command line that is none is an error, everything else a warning.
void check_folders(const std::vector<std::filesystem::path>& given, Problems& problems, Problems& warnings);

struct LoadFailure {
  std::filesystem::path path;
  std::string code;    ///< for example "plugin-abi"
  std::string reason;  ///< without the path
};

/// A component NAME lives in NAME.so, or in any other library of a folder that the user named: those are
/// opened only when there is no NAME.so. Beside the program it lives in NAME.so and nowhere else, so that a
/// name that does not exist opens none of our libraries (LibTorch alone takes seconds). One of our own that
/// is not built yet is built when it is asked for by name (known_plugins.hpp).
class PluginCatalog : public StageSource {
 public:
  explicit PluginCatalog(std::vector<std::filesystem::path> path) : path_(std::move(path)) {}

  const StageDescription* find_stage(const std::string& name, const Place& where,
                                     Problems& problems) override;
  const ComponentDescription* find_component(const TypeName& interface, const std::string& name,
                                             const Place& where, Problems& problems) override;

  /// Loads NAME.so, if there is one, else all that does not stand beside the program. What cannot be loaded
  /// is in failures().
  void look_for(const std::string& name);
  void load_all();
  /// Has those of our own plugins built at once whose names are among these words. Only where there is a
  /// launcher; what it cannot build is in failures().
  void build_named(const std::set<std::string>& words);
  /// One file of the path; false when it cannot be loaded.
  bool load(const std::filesystem::path& file);
  /// What a message about this name, which nothing of the kind has, ends with: the nearest and all of them.
  /// The kind is "stage", the name of an interface, or "" for all. Opens nothing: our own are known
  /// (known_plugins.hpp).
  [[nodiscard]] std::string hint_at(const std::string& word, const std::string& kind,
                                    const std::string& has) const;

  [[nodiscard]] const Registry& registry() const { return registry_; }
  [[nodiscard]] const std::vector<Library>& libraries() const { return libraries_; }
  [[nodiscard]] const std::vector<LoadFailure>& failures() const { return failures_; }
  [[nodiscard]] const std::vector<std::filesystem::path>& path() const { return path_; }
  /// Our own plugins that are not built yet; load_all() leaves them out.
  [[nodiscard]] std::vector<KnownPlugin> unbuilt() const;
  /// The library that registered a component or stage of this name; null when none did.
  [[nodiscard]] const Library* library_of(const std::string& name) const;
  /// For its own, so that nothing is tried that another catalog has tried in vain.
  void take_failures(std::vector<LoadFailure> failures) { failures_ = std::move(failures); }
  /// Loaded libraries with checksums, sorted by name.
  [[nodiscard]] std::vector<PluginRecord> records() const;

  /// Verbs of what was loaded and of our own plugins, be they built or not (their stages are not known then).
  [[nodiscard]] std::vector<VerbDescription> verbs() const;

 protected:
  /// All plugin files of the path.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

 private:
  [[nodiscard]] std::filesystem::path file_of(const std::string& name) const;
  void load_others();
  /// As load_library.
  virtual Library open(const std::filesystem::path& file, Registry& registry, bool own_name_only);
  void build(std::vector<std::string> names);
  [[nodiscard]] bool is_unbuilt(const std::string& name) const;
  [[nodiscard]] const LoadFailure* failure_of(const std::filesystem::path& file) const;
  /// Why NAME.so cannot be used; null when nothing says so.
  [[nodiscard]] const LoadFailure* failure_for(const std::string& name) const;
  void report_failure(const LoadFailure& failure, const std::string& name, const Place& where,
                      Problems& problems) const;
  [[nodiscard]] std::string failures_text() const;

  std::vector<std::filesystem::path> path_;
  Registry registry_;
  std::vector<Library> libraries_;
  std::vector<LoadFailure> failures_;
};

/// Whether a problem is about a library that cannot be used (exit code 3), not about the definition.
bool is_plugin_problem(const Problem& problem);

}  // namespace ipet::catalog
