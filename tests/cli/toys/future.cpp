#include "tests/cli/toys/stages.hpp"

IPET_PLUGIN("future", "1.0", catalog) {
  catalog.component<toys::NewerFormula, toys::Future>("future");
}
