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

void Registry::absorb(Registry&& other) {
  for (StageDescription& stage : other.stages_) stages_.push_back(std::move(stage));
  for (ComponentDescription& component : other.components_) components_.push_back(std::move(component));
}

std::string misspelt_hint(const std::string& word, std::vector<std::string> names, const std::string& has) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return ipet::misspelt_hint(word, names, has);
}

}  // namespace ipet::catalog
