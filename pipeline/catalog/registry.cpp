#include "pipeline/catalog/registry.hpp"

#include <algorithm>

#include "pipeline/sdk/hint.hpp"

namespace ipet::catalog {

const StageDescription* Registry::stage(const std::string& name) const {
  for (const StageDescription& stage : stages_) {
    if (stage.name == name) return &stage;
  }
  return nullptr;
}

const ComponentDescription* Registry::component(const TypeName& interface, const std::string& name) const {
  for (const ComponentDescription& component : components_) {
    if (component.name == name && component.interface.name == interface.name) return &component;
  }
  return nullptr;
}

const ComponentDescription* Registry::any_component(const std::string& name) const {
  for (const ComponentDescription& component : components_) {
    if (component.name == name) return &component;
  }
  return nullptr;
}

const VerbDescription* Registry::verb(const std::string& name) const {
  const auto found = std::ranges::find(verbs_, name, &VerbDescription::name);
  return found == verbs_.end() ? nullptr : &*found;
}

void Registry::absorb(Registry&& other) {
  for (StageDescription& stage : other.stages_) stages_.push_back(std::move(stage));
  for (ComponentDescription& component : other.components_) components_.push_back(std::move(component));
  for (VerbDescription& verb : other.verbs_) verbs_.push_back(std::move(verb));
}

const Value& value_of(const OptionDescription& option, const Value& table) {
  const Entry* given = table.find(option.name);
  return given != nullptr ? given->value : option.fallback;
}

std::vector<NamedComponent> components_of(const OptionDescription& option, const Value& value,
                                          ComponentSource& source, Problems& problems) {
  std::vector<NamedComponent> out;
  if (!option.component) return out;
  if (const auto* list = value.get_if<Array>()) {
    for (const Value& element : *list)
      for (NamedComponent& one : components_of(option, element, source, problems))
        out.push_back(std::move(one));
    return out;
  }
  const Entry* entry = value.table() != nullptr ? value.find("name") : nullptr;
  const auto* name = (entry != nullptr ? entry->value : value).get_if<std::string>();
  if (name == nullptr) return out;
  const ComponentDescription* found =
      source.find_component(option.component->interface, *name, value.where, problems);
  if (found == nullptr) return out;
  out.push_back({found, entry != nullptr ? value : Value(), value.where,
                 option.component->interface.name + " '" + *name + "'"});
  return out;
}

std::string misspelt_hint(const std::string& word, std::vector<std::string> names, const std::string& has) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return ipet::misspelt_hint(word, names, has);
}

}  // namespace ipet::catalog
