// Where descriptions of plugins are kept: in NAME.description beside NAME.so, or, where that cannot be
// written, in the user's cache folder ($XDG_CACHE_HOME/ipet, ~/.cache/ipet). They are good for one content
// of the plugin's file and one of this program; a damaged or older one counts as none.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pipeline/catalog/plugin_description.hpp"

namespace ipet::catalog {

/// `checksum` is that of the plugin's file, as library.hpp gives it.
std::optional<PluginDescription> kept_description(const std::filesystem::path& plugin,
                                                  const std::string& checksum);

/// Whole or not at all, whoever else does the same. Where nothing can be written, nothing is kept.
void keep_description(const std::filesystem::path& plugin, const std::string& checksum,
                      const PluginDescription& description) noexcept;

}  // namespace ipet::catalog
