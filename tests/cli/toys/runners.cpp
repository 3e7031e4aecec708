#include <chrono>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <thread>

#include "tests/cli/toys/stages.hpp"

namespace {

using toys::Number;
using toys::NumberSet;

/// Gives a number every millisecond, more than anybody waits for. Says that it began in the file "begun".
struct Endless {
  Endless(const ipet::NoOptions&, ipet::StageContext&) {}
  struct Reader final : ipet::UnitReader {
    bool next(ipet::Emitter& emit) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      emit(Number{++count});
      if (count == 5) std::ofstream("begun") << "5";
      return count < std::numeric_limits<std::int64_t>::max();
    }
    std::int64_t count = 0;
  };
  std::vector<std::string> units() { return {"one"}; }
  std::unique_ptr<ipet::UnitReader> open(std::size_t) { return std::make_unique<Reader>(); }
};

struct Failing {
  Failing(const ipet::NoOptions&, ipet::StageContext&) {}
  void on_message(const Number& n, ipet::Emitter& emit) const {
    if (n.value == 2) throw std::runtime_error("two is not allowed");
    emit(n);
  }
};

/// Prints the sum of all numbers at the end of the run.
struct Summer {
  Summer(const ipet::NoOptions&, ipet::StageContext& context) : context_(context) {}
  void run(ipet::Emitter& emit) {
    const auto numbers = context_.whole<NumberSet>("numbers");
    std::int64_t sum = 0;
    for (const std::int64_t value : numbers->values) sum += value;
    context_.warn("adding up");
    context_.print_at_end("sum " + std::to_string(sum));
    emit(*numbers);
  }
  ipet::StageContext& context_;
};

}  // namespace

IPET_PLUGIN("runners", "1.0", catalog) {
  catalog.source<Endless>("endless").output<Number>("numbers");
  catalog.map<Failing>("failing").input<Number>("in").output<Number>("out");
  catalog.task<Summer>("summer").whole<NumberSet>("numbers").output<NumberSet>("all");
}
