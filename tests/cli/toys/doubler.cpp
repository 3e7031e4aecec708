#include "tests/cli/toys/stages.hpp"

// Has a stage that toys.so has too.
IPET_PLUGIN("doubler", "1.0", catalog) {
  catalog.map<toys::Doubler>("doubler")
      .about("Another.")
      .input<toys::Number>("in")
      .output<toys::Number>("out");
}
