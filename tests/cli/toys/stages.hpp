// One toy stage of each kind that wiring distinguishes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/sdk/plugin.hpp"
#include "tests/cli/toys/payloads.hpp"

namespace toys {

struct CounterOptions {
  int count = 3;
  double step = 1;
  std::string mode = "up";
};

struct Counter {
  using Options = CounterOptions;
  Counter(const Options& options, ipet::StageContext&) : options_(options) {}
  struct Reader final : ipet::UnitReader {
    explicit Reader(int n) : left(n) {}
    bool next(ipet::Emitter& emit) override {
      emit(Number{left});
      return --left > 0;
    }
    int left;
  };
  std::vector<std::string> units() { return {"one"}; }
  std::unique_ptr<ipet::UnitReader> open(std::size_t) { return std::make_unique<Reader>(options_.count); }
  Options options_;
};

struct Doubler {
  Doubler(const ipet::NoOptions&, ipet::StageContext&) {}
  void on_message(const Number& n, ipet::Emitter& emit) const { emit(Number{2 * n.value}); }
};

/// Two outputs of different types.
struct Splitter {
  Splitter(const ipet::NoOptions&, ipet::StageContext&) {}
  void on_message(const Number& n, ipet::Emitter& emit) const { emit(n); }
};

/// Two outputs of one type.
struct Twins {
  Twins(const ipet::NoOptions&, ipet::StageContext&) {}
  void on_message(const Number& n, ipet::Emitter& emit) const { emit.to("left", n, ""); }
};

struct FitterOptions {
  ipet::Component<Formula> formula{"line", {}, {}};
};

struct Fitter {
  using Options = FitterOptions;
  Fitter(const Options&, ipet::StageContext& context) : context_(context) {}
  void run(ipet::Emitter& emit) { emit(*context_.whole<NumberSet>("numbers")); }
  ipet::StageContext& context_;
};

/// A stream beside a whole value.
struct Judge {
  Judge(const ipet::NoOptions&, ipet::StageContext&) {}
  void on_message(const Number& n, ipet::Emitter& emit) const { emit(n); }
};

struct Store {
  Store(const ipet::NoOptions&, ipet::StageContext&) {}
  void write(const Number&, const ipet::Origin&) {}
  void write(const NumberSet&, const ipet::Origin&) {}
  void commit() {}
};

struct OldReader {
  OldReader(const ipet::NoOptions&, ipet::StageContext&) {}
  void write(const OldNumber&, const ipet::Origin&) {}
  void commit() {}
};

struct Line final : Formula {
  [[nodiscard]] double at(double x) const override { return x; }
};
struct PowerOptions {
  double exponent = 2, period = 1;
};
struct Power final : Formula {
  using Options = PowerOptions;
  explicit Power(const Options& options) : options_(options) {}
  [[nodiscard]] double at(double x) const override { return x * options_.exponent; }
  Options options_;
};
struct Future final : NewerFormula {};

inline void register_stages(ipet::Catalog& catalog) {
  using ipet::choices, ipet::maximum, ipet::minimum, ipet::unit;
  catalog.source<Counter>("counter")
      .about("Counts down.")
      .output<Number>("numbers", "Every number.")
      .option("count", &CounterOptions::count, minimum(1), maximum(100), "How many numbers.")
      .option("step", &CounterOptions::step, unit("s"), "Time between two.")
      .option("mode", &CounterOptions::mode, choices({"up", "down"}), "Direction.");
  catalog.map<Doubler>("doubler").about("Doubles numbers.").input<Number>("in").output<Number>("out");
  catalog.map<Splitter>("splitter").input<Number>("in").output<Number>("numbers").output<Word>("words");
  catalog.map<Twins>("twins").input<Number>("in").output<Number>("left").output<Number>("right");
  catalog.task<Fitter>("fitter")
      .about("Fits a formula to all numbers.")
      .whole<NumberSet>("numbers")
      .output<NumberSet>("fit")
      .option("formula", &FitterOptions::formula, "What to fit.");
  catalog.map<Judge>("judge")
      .input<Number>("numbers")
      .whole<NumberSet>("fit")
      .whole<Word>("note")
      .optional()
      .output<Number>("judged");
  catalog.sink<Store>("store").about("Keeps numbers.").input<Number>("in").input<NumberSet>("in");
  catalog.sink<OldReader>("old_reader").input<OldNumber>("in");
}

}  // namespace toys
