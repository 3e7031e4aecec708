#include "pipeline/plan/option_unit.hpp"

#include <algorithm>

#include "pipeline/plan/needs.hpp"

namespace ipet::plan {
namespace {

std::string unit_in(const OptionSet& options, const Value& table, const std::string& path,
                    catalog::StageSource& source) {
  const std::string name = path.substr(0, path.find('.'));
  const auto option = std::ranges::find(options.options, name, &OptionDescription::name);
  if (option == options.options.end()) return {};
  if (name == path) return option->type.ends_with("float") ? option->unit : "";
  Problems reported_later;
  const auto components = components_of(*option, catalog::value_of(*option, table), source, reported_later);
  if (components.size() != 1) return {};
  return unit_in(components.front().description->options, components.front().table,
                 path.substr(name.size() + 1), source);
}

}  // namespace

std::string unit_at(const definition::Definition& definition, const std::string& path,
                    catalog::StageSource& source) {
  for (const definition::StageDefinition& stage : definition.stages) {
    const std::string begin = "stages." + stage.id + ".options.";
    if (!path.starts_with(begin) || stage.plugin.empty()) continue;
    Problems reported_later;
    const StageDescription* found = source.find_stage(stage.plugin, stage.plugin_where, reported_later);
    if (found != nullptr) return unit_in(found->options, stage.options, path.substr(begin.size()), source);
  }
  return {};
}

}  // namespace ipet::plan
