#include <fstream>

#include "tests/cli/toys/stages.hpp"

namespace {

using toys::Formula;

struct CountsLoads : toys::Counter {
  struct Options : toys::CounterOptions {
    Options() { count = 4; }
    ipet::Component<Formula> formula{"steep", {}, {}};
  };
  CountsLoads(const Options& options, ipet::StageContext& context) : Counter(options, context) {}
};

#ifdef IPET_TOY_AFTER
constexpr const char* option = "number";
#else
constexpr const char* option = "count";
#endif

}  // namespace

/// Leaves a line in the file "loads".
IPET_PLUGIN("counts_loads", "1.0", catalog) {
  using O = CountsLoads::Options;
  std::ofstream("loads", std::ios::app) << "counts_loads\n";
  catalog.source<CountsLoads>("counts_loads")
      .about("Counts down.")
      .output<toys::Number>("numbers")
      .option(option, &O::count, ipet::minimum(1), "How many numbers.")
      .option("formula", &O::formula)
      .check([](const O& o, const ipet::OptionPlaces& at) {
        if (o.count % 2 != 0) at.problem(option, "must be even");
      });
}
