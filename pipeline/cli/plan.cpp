#include <iostream>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/plan/graph.hpp"

namespace ipet::cli {

int plan(const Arguments& arguments) {
  catalog::DescribedCatalog catalog(plugin_path(arguments));
  std::cout << plan::plan_text(checked_plan(arguments, catalog));
  return done;
}

}  // namespace ipet::cli
