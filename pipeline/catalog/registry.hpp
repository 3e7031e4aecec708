// What plugins registered, and how the rest of the runtime finds it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "pipeline/sdk/catalog.hpp"

namespace ipet::catalog {

/// Where the plan finds stages; components too, for options that name one.
class StageSource : public ComponentSource {
 public:
  /// Null when there is none of that name; adds the problem itself, at `where`.
  virtual const StageDescription* find_stage(const std::string& name, const Place& where,
                                             Problems& problems) = 0;
};

/// Everything that was registered. Descriptions stay where they are: pointers to them are good for its
/// lifetime.
class Registry final : public Catalog {
 public:
  void add(StageDescription stage) override { stages_.push_back(std::move(stage)); }
  void add(ComponentDescription component) override { components_.push_back(std::move(component)); }
  void add(VerbDescription verb) override { verbs_.push_back(std::move(verb)); }

  [[nodiscard]] const StageDescription* stage(const std::string& name) const;
  [[nodiscard]] const ComponentDescription* component(const TypeName& interface,
                                                      const std::string& name) const;
  /// Any component of that name, whatever its interface.
  [[nodiscard]] const ComponentDescription* any_component(const std::string& name) const;
  [[nodiscard]] const std::deque<StageDescription>& stages() const { return stages_; }
  [[nodiscard]] const std::deque<ComponentDescription>& components() const { return components_; }
  [[nodiscard]] const VerbDescription* verb(const std::string& name) const;
  [[nodiscard]] const std::deque<VerbDescription>& verbs() const { return verbs_; }
  /// Takes over what `other` holds.
  void absorb(Registry&& other);

 private:
  std::deque<StageDescription> stages_;
  std::deque<ComponentDescription> components_;
  std::deque<VerbDescription> verbs_;
};

/// As given in a table, or the default.
const Value& value_of(const OptionDescription& option, const Value& table);

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

/// ipet::misspelt_hint, the names sorted.
std::string misspelt_hint(const std::string& word, std::vector<std::string> names, const std::string& has);

}  // namespace ipet::catalog
