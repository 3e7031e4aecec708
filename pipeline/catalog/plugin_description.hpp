// What a library registered, as text: to be kept from one process to the next, which then need not load it.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/sdk/description.hpp"

namespace ipet::catalog {

struct PluginDescription {
  std::string name, version;
  // All that was declared. Read from a text, they have no functions.
  std::deque<StageDescription> stages;
  std::deque<ComponentDescription> components;
  std::vector<VerbDescription> verbs;
  /// Hashes of option tables that the plugin's own code took for good (described_catalog.hpp), oldest first.
  std::vector<std::string> good;
};

/// Throws std::exception where a name is no UTF-8.
std::string text_of(const PluginDescription& plugin);

/// Nothing where the text, which may be anybody's, is none of these.
std::optional<PluginDescription> read_description(const std::string& text);

}  // namespace ipet::catalog
