#include "pipeline/plan/graph.hpp"

#include <iostream>

#include "pipeline/cli/load_plan.hpp"

namespace ipet::cli {

int graph(const Arguments& arguments) {
  catalog::DescribedCatalog catalog(plugin_path(arguments));
  const plan::Plan plan = checked_plan(arguments, catalog);
  if (arguments.format == "dot")
    std::cout << plan::dot(plan);
  else if (arguments.format == "svg")
    std::cout << plan::svg(plan);
  else
    std::cout << plan::mermaid(plan);
  return done;
}

}  // namespace ipet::cli
