// Whole inputs that a stage has because a component of its options needs them (ComponentBuilder::needs).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/catalog/registry.hpp"
#include "pipeline/sdk/description.hpp"

namespace ipet::plan {

struct StageNeeds {
  /// The description with the inputs that the chosen components need.
  std::shared_ptr<const StageDescription> description;
  std::vector<std::string> components;  ///< of options that pass needs on: "defence 'netflow'"
  /// All that are named, within others too, by their texts.
  std::map<std::string, const ComponentDescription*> named;
  bool unknown = false;  ///< a component is not found, which its option reports
  Problems warnings;     ///< of components by a former name
};

/// What the components in `options` need. Adds a problem for a need that nobody passes on, and for one whose
/// name is that of another input. `owner` begins each ("stage 'mixed'").
StageNeeds stage_needs(const StageDescription& stage, const Value& options, const std::string& owner,
                       ComponentSource& source, Problems& problems);

/// A component may name others as its default, and so on: a circle is told.
inline constexpr std::size_t deepest_component = 16, most_components = 10'000;

/// Whether what components of its options need become inputs of the stage.
bool passes_needs(const OptionSet& options);

}  // namespace ipet::plan
