// `ipet validate --environment`: what of the machine a plan needs.
#pragma once

#include <set>
#include <string>

#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/plan/plan.hpp"

namespace ipet::cli {

/// Every stage's own checks (contents of inputs, tools, the files that it writes), but for the stages named
/// in `without`; the run's folder and its space; and all plugins, since a stored model may need one that no
/// file names. Results are written beside their final names, so no other temporary folder matters.
void check_environment(const plan::Plan& plan, catalog::PluginCatalog& catalog,
                       const std::set<std::string>& without, Problems& problems, Problems& warnings);

}  // namespace ipet::cli
