#include <iostream>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/reference.hpp"
#include "pipeline/cli/table.hpp"

namespace ipet::cli {
namespace {

bool is_own(const catalog::Library& library) {
  std::error_code error;
  return std::filesystem::equivalent(library.path.parent_path(), catalog::own_folder(), error);
}

/// Ours, and what other people's libraries brought: those are shown with where they come from.
void print(const Rows& own, const Rows& foreign) {
  std::cout << aligned(own, 0);
  if (!foreign.empty())
    std::cout << (own.empty() ? "" : "\n") << "not of this ipet, but from:\n" << aligned(foreign, 2);
  std::cout << std::flush;
}

}  // namespace

int list(const Arguments& arguments) {
  catalog::PluginCatalog catalog = make_catalog(arguments);
  catalog.load_all();
  Rows own, foreign;
  for (const Subject& subject : subjects(catalog, std::nullopt)) {
    if (is_own(*subject.library))
      own.push_back({subject.name(), subject.kind(), subject.about()});
    else
      foreign.push_back({subject.library->path.string(), subject.name(), subject.kind(), subject.about()});
  }
  print(own, foreign);
  if (own.empty() && foreign.empty())
    std::cerr << "warning[search-path]: no plugins\n      | " << catalog::looked_in(catalog.path()) << "\n";
  // One broken library does not hide the others.
  for (const catalog::LoadFailure& failure : catalog.failures()) {
    std::cerr << "warning[" << failure.code << "]: " << failure.path.string()
              << " cannot be used: " << failure.reason << "\n";
  }
  return done;
}

}  // namespace ipet::cli
