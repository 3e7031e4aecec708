#include "tests/cli/toys/stages.hpp"

IPET_PLUGIN("power", "2.1", catalog) {
  catalog.component<toys::Formula, toys::Power>("power")
      .about("y = x to the power of an exponent.")
      .option("exponent", &toys::PowerOptions::exponent, ipet::minimum(0), "The exponent.")
      .option("period", &toys::PowerOptions::period, ipet::unit("h"), "How long it takes.");
}
