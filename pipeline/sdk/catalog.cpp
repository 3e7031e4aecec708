#include "pipeline/sdk/catalog.hpp"

namespace ipet {

OptionDescription::OptionDescription() = default;
OptionDescription::OptionDescription(const OptionDescription&) = default;
OptionDescription::OptionDescription(OptionDescription&&) noexcept = default;
OptionDescription& OptionDescription::operator=(const OptionDescription&) = default;
OptionDescription& OptionDescription::operator=(OptionDescription&&) noexcept = default;
OptionDescription::~OptionDescription() = default;

OptionSet::OptionSet() = default;
OptionSet::OptionSet(const OptionSet&) = default;
OptionSet::OptionSet(OptionSet&&) noexcept = default;
OptionSet& OptionSet::operator=(const OptionSet&) = default;
OptionSet& OptionSet::operator=(OptionSet&&) noexcept = default;
OptionSet::~OptionSet() = default;

StageDescription::StageDescription() = default;
StageDescription::StageDescription(const StageDescription&) = default;
StageDescription::StageDescription(StageDescription&&) noexcept = default;
StageDescription& StageDescription::operator=(const StageDescription&) = default;
StageDescription& StageDescription::operator=(StageDescription&&) noexcept = default;
StageDescription::~StageDescription() = default;

ComponentDescription::ComponentDescription() = default;
ComponentDescription::ComponentDescription(const ComponentDescription&) = default;
ComponentDescription::ComponentDescription(ComponentDescription&&) noexcept = default;
ComponentDescription& ComponentDescription::operator=(const ComponentDescription&) = default;
ComponentDescription& ComponentDescription::operator=(ComponentDescription&&) noexcept = default;
ComponentDescription::~ComponentDescription() = default;

void Catalog::verb(std::string name, std::string stage, std::string about) {
  complete([&] { add(VerbDescription{std::move(name), std::move(stage), std::move(about)}); });
}

namespace detail {

DispatchTable::DispatchTable() = default;
DispatchTable::DispatchTable(const DispatchTable&) = default;
DispatchTable::DispatchTable(DispatchTable&&) noexcept = default;
DispatchTable::~DispatchTable() = default;

DispatchTable::Function DispatchTable::find(const Message& message) const {
  for (const auto& [type, function] : functions_)
    if (&type == message.type || type == *message.type) return function;
  throw std::logic_error("no input takes " + message.type->text());
}

StageDeclaration::StageDeclaration(Catalog& catalog, std::string name, Form form) : catalog_(catalog) {
  stage_.name = std::move(name);
  stage_.form = form;
}
StageDeclaration::~StageDeclaration() = default;

void StageDeclaration::add_input(const std::string& name, const TypeName& type, std::string about) {
  for (InputDescription& port : stage_.inputs)
    if (port.name == name) return port.types.push_back(type);
  stage_.inputs.push_back({name, {type}, false, false, std::nullopt, std::move(about)});
}

void StageDeclaration::add_output(const std::string& name, const TypeName& type, std::string about) {
  const bool whole = stage_.form == Form::task || stage_.form == Form::fold;
  stage_.outputs.push_back({name, type, whole, std::move(about)});
}

}  // namespace detail
}  // namespace ipet
