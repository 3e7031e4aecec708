#include "pipeline/cli/made_component.hpp"

#include <optional>
#include <stdexcept>

#include "pipeline/definition/toml_reader.hpp"

namespace ipet::cli {

std::shared_ptr<const void> made_component(catalog::PluginCatalog& catalog, const TypeName& interface,
                                           const std::string& name, const std::string& options) {
  Problems problems;
  const auto check = [&] {
    if (!problems.empty()) throw std::runtime_error(problems.front().message);
  };
  const ComponentDescription* found = catalog.find_component(interface, name, {}, problems);
  check();
  const std::optional<Value> table = definition::parse_toml_value(options.empty() ? "{}" : options);
  if (!table)
    throw std::runtime_error(interface.name + " '" + name + "': its options are no TOML: " + options);
  const Options parsed = found->options.parse(*table, interface.name + " '" + name + "'", catalog, problems);
  check();
  return found->create(parsed.get());
}

}  // namespace ipet::cli
