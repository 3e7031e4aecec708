// Components that are only known while a pipeline runs.
#pragma once

#include <memory>
#include <string>

#include "pipeline/catalog/plugin_catalog.hpp"

namespace ipet::cli {

/// StageContext::component.
std::shared_ptr<const void> made_component(catalog::PluginCatalog& catalog, const TypeName& interface,
                                           const std::string& name, const std::string& options);

}  // namespace ipet::cli
