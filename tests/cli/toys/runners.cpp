#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <thread>

#include "pipeline/sdk/result_row.hpp"
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
    const std::string text = std::to_string(sum);
    ipet::tell_result(context_, {{{"the sum", text}, {"text", "of, \"" + text}},
                                 {{"sum", text}, {"text", "of, \"" + text}}});
    emit(*numbers);
  }
  ipet::StageContext& context_;
};

/// Works until it is told to stop, as a training does. Says that it began in the file "begun".
struct Patient {
  Patient(const ipet::NoOptions&, ipet::StageContext& context) : context_(context) {}
  void run(ipet::Emitter& emit) {
    context_.progress(0.2, "stage 2/5");
    context_.resume_point("the training goes on from stage 2 of 5");
    std::ofstream("begun") << "1";
    while (!std::ifstream("enough").good()) {
      context_.check_interrupted();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    emit(NumberSet{});
  }
  ipet::StageContext& context_;
};

/// Gives the file "made" to later stages, and works until it is told to stop.
struct Maker {
  Maker(const ipet::NoOptions&, ipet::StageContext& context) : context_(context) {}
  void run(ipet::Emitter& emit) {
    const std::filesystem::path made = context_.output_folder() / "made", temporary = made.string() + ".tmp";
    std::ofstream(temporary) << "1";
    context_.publish(made, {{made, temporary}});
    std::ofstream("begun") << "1";
    while (!context_.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    emit(NumberSet{});
  }
  ipet::StageContext& context_;
};

/// A source that hangs.
struct Stuck {
  Stuck(const ipet::NoOptions&, ipet::StageContext&) {}
  struct Reader final : ipet::UnitReader {
    bool next(ipet::Emitter&) override {
      std::ofstream("begun") << "1";
      while (!std::ifstream("enough").good()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return false;
    }
  };
  std::vector<std::string> units() { return {"one"}; }
  std::unique_ptr<ipet::UnitReader> open(std::size_t) { return std::make_unique<Reader>(); }
};

/// Never asks whether it should stop, as a task that hangs.
struct Stubborn {
  Stubborn(const ipet::NoOptions&, ipet::StageContext&) {}
  void run(ipet::Emitter& emit) {
    std::ofstream("begun") << "1";
    while (!std::ifstream("enough").good()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    emit(NumberSet{});
  }
};

struct VigilOptions {
  std::string word;
  std::filesystem::path next;
};

/// Runs live: notes its word in the file "begun", puts the file `next` in the place of p.toml, and works
/// until it is told to stop. The word "sick" makes it fail at the begin, with "two" it tells of every round.
struct Vigil {
  using Options = VigilOptions;
  Vigil(const Options& options, ipet::StageContext& context) : options_(options), context_(context) {}
  void run(ipet::Emitter&) {
    if (options_.word == "sick") throw std::runtime_error("it is sick");
    if (!options_.next.empty())
      std::filesystem::copy_file(options_.next, "p.toml", std::filesystem::copy_options::overwrite_existing);
    context_.progress(0, "at work");
    std::ofstream("begun", std::ios::app) << options_.word << "\n";
    for (int round = 1; !context_.interrupted(); ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      // Once its begin was seen.
      if (options_.word == "two" && round > 300) context_.progress(0, "two, round " + std::to_string(round));
    }
  }
  Options options_;
  ipet::StageContext& context_;
};

struct KeeperOptions {
  std::filesystem::path file;
  bool slow = false;
};

/// Writes how many numbers came, when it commits; `slow`: says so in the file "begun" and waits for "enough".
struct Keeper {
  using Options = KeeperOptions;
  Keeper(const Options& options, ipet::StageContext&) : options_(options), stream_(options.file) {}
  void write(const Number&, const ipet::Origin&) { ++count_; }
  void write(const NumberSet&, const ipet::Origin&) {}
  void commit() {
    if (options_.slow) std::ofstream("begun") << "1";
    while (options_.slow && !std::ifstream("enough").good())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    stream_ << count_ << " numbers\n";
    stream_.close();
  }
  Options options_;
  std::ofstream stream_;  ///< from the begin on, as result files
  int count_ = 0;
};

struct CrasherOptions {
  std::string how = "memory";
};

/// Crashes with the first number.
struct Crasher {
  using Options = CrasherOptions;
  Crasher(const Options& options, ipet::StageContext&) : options_(options) {}
  void on_message(const Number& n, ipet::Emitter& emit) const {
    if (options_.how == "memory") *static_cast<volatile int*>(nowhere()) = 1;
    if (options_.how == "two threads") crash_together();
    if (options_.how == "abort") std::abort();
    if (options_.how == "division") std::raise(SIGFPE);
    emit(n);
  }
  static void crash_together() {
    std::atomic<int> there{0};
    const auto crash = [&there] {
      for (++there; there < 2;) {
      }
      *static_cast<volatile int*>(nowhere()) = 1;
    };
    std::thread(crash).detach();
    crash();
  }
  static void* nowhere() {
    static void* volatile none = nullptr;
    return none;
  }
  Options options_;
};

}  // namespace

IPET_PLUGIN("runners", "1.0", catalog) {
  catalog.source<Endless>("endless").output<Number>("numbers");
  catalog.source<toys::Counter>("slow_counter")
      .output<Number>("numbers")
      .option("count", &toys::CounterOptions::count)
      .option("step", &toys::CounterOptions::step, ipet::unit("min"));
  catalog.map<Failing>("failing").input<Number>("in").output<Number>("out");
  catalog.map<Crasher>("crasher").input<Number>("in").output<Number>("out").option(
      "how", &CrasherOptions::how, ipet::choices({"memory", "two threads", "abort", "division"}), "By what.");
  catalog.task<Summer>("summer").whole<NumberSet>("numbers").output<NumberSet>("all");
  catalog.task<Patient>("patient").output<NumberSet>("all");
  catalog.task<Stubborn>("stubborn").output<NumberSet>("all");
  catalog.task<Maker>("maker").output<NumberSet>("all");
  catalog.source<Stuck>("stuck").output<Number>("numbers");
  catalog.task<Vigil>("vigil")
      .option("word", &VigilOptions::word, "What it notes.")
      .option("next", &VigilOptions::next, "What comes into the place of the file.");
  catalog.verb("watch", "vigil", "Keeps a vigil.");
  catalog.sink<Keeper>("keeper")
      .input<Number>("in")
      .input<NumberSet>("in")
      .option("file", &KeeperOptions::file, ipet::required{}, "Where the count goes.")
      .option("slow", &KeeperOptions::slow, "Waits while it commits.");
}
