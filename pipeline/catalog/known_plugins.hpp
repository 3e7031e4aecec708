// Plugins of this build that are known before they are built: the file known.tsv beside them has a line for
// each.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ipet::catalog {

struct KnownPlugin {
  std::string name;
  std::string kind;  ///< "stage (keyed)", "fingerprint_model"; empty where the reference does not have it yet
  std::string about;  ///< one sentence; may be empty
};

/// What `folder`/known.tsv tells (name, kind, about, separated by tabs), sorted by name, less what is there
/// as NAME.so. Nothing where there is no such file: then all of a build is there.
std::vector<KnownPlugin> unbuilt_plugins(const std::filesystem::path& folder);

/// Has the launcher build a plugin of this build, which says on standard error how far it is. Returns what
/// went wrong and what to do, or "" when the plugin is there. The launcher is what the environment variable
/// IPET_LAUNCHER names; without it nothing is built.
std::string build_plugin(const std::string& name);

}  // namespace ipet::catalog
