// Whole inputs that a stage has because a component of its options needs them (ComponentBuilder::needs).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/sdk/description.hpp"

namespace ipet::plan {

/// A component that an option names.
struct NamedComponent {
  const ComponentDescription* description = nullptr;
  Value table;  ///< of its own options, and `name`
  Place where;
  std::string text;  ///< "defence 'netflow'"
};

/// The components in an option's value: one, several in a list, none where it names none. Those that are not
/// found are reported.
std::vector<NamedComponent> components_of(const OptionDescription& option, const Value& value,
                                          ComponentSource& source, Problems& problems);

struct StageNeeds {
  /// The description with the inputs that the chosen components need.
  std::shared_ptr<const StageDescription> description;
  std::vector<std::string> components;  ///< of options that pass needs on: "defence 'netflow'"
  bool unknown = false;                 ///< a component is not found, which its option reports
  Problems warnings;                    ///< of components by a former name
};

/// What the components in `options` need. Adds a problem for a need that nobody passes on, and for one whose
/// name is that of another input. `owner` begins each ("stage 'mixed'").
StageNeeds stage_needs(const StageDescription& stage, const Value& options, const std::string& owner,
                       ComponentSource& source, Problems& problems);

/// Whether what components of its options need become inputs of the stage.
bool passes_needs(const OptionSet& options);

/// As given in a table, or the default.
const Value& value_of(const OptionDescription& option, const Value& table);

}  // namespace ipet::plan
