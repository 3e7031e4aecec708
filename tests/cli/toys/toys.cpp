#include "tests/cli/toys/stages.hpp"

// A library of several components, none of which is named as the library.
IPET_PLUGIN("toys", "1.0", catalog) {
  toys::register_stages(catalog);
  catalog.component<toys::Formula, toys::Line>("line").about("y = x.");
}
