#include <iostream>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/reference.hpp"
#include "pipeline/cli/table.hpp"

namespace ipet::cli {

int list(const Arguments& arguments) {
  catalog::PluginCatalog catalog = make_catalog(arguments);
  catalog.load_all();
  Rows rows;
  for (const Subject& subject : subjects(catalog, std::nullopt)) {
    rows.push_back({subject.name(), subject.kind(), subject.about()});
  }
  std::cout << aligned(rows, 0) << std::flush;
  if (rows.empty()) {
    std::cerr << "no plugins: " << catalog.searched_text() << "\n";
  }
  // One broken library does not hide the others.
  for (const catalog::LoadFailure& failure : catalog.failures()) {
    std::cerr << "warning[" << failure.code << "]: " << failure.path.string()
              << " cannot be used: " << failure.reason << "\n";
  }
  return done;
}

}  // namespace ipet::cli
