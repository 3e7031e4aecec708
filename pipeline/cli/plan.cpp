#include <iostream>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/plan/graph.hpp"

namespace ipet::cli {

int plan(const Arguments& arguments) {
  catalog::PluginCatalog catalog = make_catalog(arguments);
  std::cout << plan::plan_text(checked_plan(arguments, catalog));
  return done;
}

}  // namespace ipet::cli
