#include <fstream>

#include "tests/cli/toys/stages.hpp"

#ifdef IPET_TOY_AFTER
constexpr double most = 5;
#else
constexpr double most = 50;
#endif

/// Leaves a line in the file "loads".
IPET_PLUGIN("steep", "1.0", catalog) {
  std::ofstream("loads", std::ios::app) << "steep\n";
  catalog.component<toys::Formula, toys::Power>("steep").option("exponent", &toys::PowerOptions::exponent,
                                                                ipet::maximum(most), "The exponent.");
}
