// Bytes in flight stay under the budget, and what is kept is found and named.
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;

constexpr std::size_t kib = 1024, mib = kib * 1024;

/// Alive payload bytes as the test itself counts them.
struct Counted {
  static constexpr std::string_view type_name = "counted";
  static constexpr int type_version = 1;
  static inline std::atomic<std::size_t> alive{0}, peak{0};

  Counted(std::int64_t value_in, std::size_t bytes_in) : value(value_in), bytes(bytes_in) { enter(); }
  Counted(const Counted&) = delete;
  Counted(Counted&& other) noexcept : value(other.value), bytes(std::exchange(other.bytes, 0)) {}
  ~Counted() { alive -= bytes; }
  [[nodiscard]] std::size_t byte_size() const { return bytes; }
  [[nodiscard]] std::size_t item_count() const { return 1; }
  std::int64_t value;
  std::size_t bytes;
  using Members = std::tuple<std::int64_t, std::size_t>;

 private:
  void enter() const {
    const std::size_t now = alive += bytes;
    std::size_t seen = peak;
    while (now > seen && !peak.compare_exchange_weak(seen, now)) {
    }
  }
};

struct CountedSource {
  struct Options {
    std::size_t units = 1, count = 0, bytes = 0, per_step = 1;
  };
  struct Reader final : UnitReader {
    explicit Reader(const Options& o) : options(o) {}
    bool next(Emitter& emit) override {
      for (std::size_t i = 0; i < options.per_step && done < options.count; ++i)
        emit(Counted(static_cast<std::int64_t>(done++), options.bytes));
      return done < options.count;
    }
    const Options options;
    std::size_t done = 0;
  };
  CountedSource(const Options& o, StageContext&) : options(o) {}
  std::vector<std::string> units() { return std::vector<std::string>(options.units, "u"); }
  std::unique_ptr<UnitReader> open(std::size_t) { return std::make_unique<Reader>(options); }
  const Options options;
};

struct CountedMap {
  struct Options {
    std::size_t times = 1, bytes = 0;
  };
  CountedMap(const Options& o, StageContext&) : options(o) {}
  void on_message(const Counted& in, Emitter& emit) const {
    for (std::size_t i = 0; i < options.times; ++i) emit(Counted(in.value, options.bytes));
  }
  const Options options;
};

struct CountedSink {
  struct Options {
    microseconds nap{0};
    std::atomic<std::size_t>* written = nullptr;
  };
  CountedSink(const Options& o, StageContext&) : options(o) {}
  void write(const Counted&, const Origin&) {
    if (options.nap.count() != 0) nap(options.nap);
    ++*options.written;
  }
  void commit() {}
  const Options options;
};

/// Keeps every message, which the interface forbids and the typed adapters prevent.
struct Hoarder final : KeyedStage {
  struct State final : KeyState {
    std::vector<Message> kept;
  };
  std::unique_ptr<KeyState> begin(const std::string&) override { return std::make_unique<State>(); }
  void on_message(KeyState& state, std::size_t, const Message& message, Emitter&) override {
    static_cast<State&>(state).kept.push_back(message);
  }
  void on_end(KeyState&, Emitter&) override {}
};

/// Keeps them even after the run.
struct Thief final : SinkStage {
  static inline std::vector<Message> kept;  ///< by all sinks of this kind
  static inline std::mutex mutex;
  void write(std::size_t, const Message& message, const Origin&) override {
    const std::lock_guard lock(mutex);
    kept.push_back(message);
  }
  void commit() override {}
};

class Budget : public testing::Test {
 protected:
  Budget() {
    Counted::alive = 0;
    Counted::peak = 0;
    Catalog& catalog = plan;
    catalog.source<CountedSource>("source").output<Counted>("out");
    catalog.map<CountedMap>("map").input<Counted>("in").output<Counted>("out");
    catalog.sink<CountedSink>("sink").input<Counted>("in");
    StageDescription hoarder;
    hoarder.name = "hoarder";
    hoarder.form = Form::keyed;
    hoarder.inputs = {{"in", {type_name_of<Counted>()}, false, false, std::nullopt, {}}};
    hoarder.create = [](const void*, StageContext&) { return std::make_unique<Hoarder>(); };
    plan.describe(hoarder);
    StageDescription thief = hoarder;
    thief.name = "thief";
    thief.form = Form::sink;
    thief.create = [](const void*, StageContext&) { return std::make_unique<Thief>(); };
    plan.describe(thief);
  }
  PlanBuilder plan;
  std::atomic<std::size_t> written{0};
};

TEST_F(Budget, ASlowSinkHoldsAFastSourceBack) {
  for (const std::size_t threads : {1, 2, 8}) {
    Counted::peak = 0;
    written = 0;
    PlanBuilder& p = plan;
    p.plan.stages.clear();
    p.plan.edges.clear();
    p.stage("in", "source", CountedSource::Options{4, 250, 32 * kib});
    p.stage("out", "sink", CountedSink::Options{microseconds(50), &written}).edge("in", "out");
    const Result result = p.run(threads, 4);
    EXPECT_EQ(written, 1000U);
    EXPECT_LE(result.peak_bytes_in_flight, 4 * mib);
    EXPECT_LE(Counted::peak, 4 * mib) << threads << " threads";
    // One thread alone takes a message to its end before it reads the next; more make use of the budget.
    if (threads > 1) {
      EXPECT_GE(Counted::peak, mib);
    }
    EXPECT_EQ(Counted::alive, 0U);
  }
}

TEST_F(Budget, HoldsAlsoWhenAMapMakesMoreBytesThanItGets) {
  plan.stage("in", "source", CountedSource::Options{4, 100, 8 * kib});
  plan.stage("map", "map", CountedMap::Options{1, 80 * kib});
  plan.stage("out", "sink", CountedSink::Options{microseconds(100), &written});
  plan.edge("in", "map").edge("map", "out");
  const Result result = plan.run(2, 4);
  EXPECT_EQ(written, 400U);
  EXPECT_LE(result.peak_bytes_in_flight, 4 * mib);
  EXPECT_LE(Counted::peak, 4 * mib);
}

TEST_F(Budget, CountsManySmallMessagesByMoreThanTheirPayload) {
  plan.stage("in", "source", CountedSource::Options{1, 20000, 1, 100});
  plan.stage("out", "sink", CountedSink::Options{microseconds(0), &written}).edge("in", "out");
  const Result result = plan.run(2, 1);
  EXPECT_EQ(written, 20000U);
  EXPECT_LE(Counted::peak, 4096U);
  EXPECT_LE(result.peak_bytes_in_flight, mib);
}

TEST_F(Budget, AMessageLargerThanTheBudgetPassesAlone) {
  plan.stage("in", "source", CountedSource::Options{3, 5, 3 * mib});
  plan.stage("out", "sink", CountedSink::Options{microseconds(10), &written}).edge("in", "out");
  const Result result = plan.run(2, 1);
  EXPECT_EQ(written, 15U);
  EXPECT_EQ(Counted::peak, 3 * mib) << "one at a time";
  EXPECT_GE(result.peak_bytes_in_flight, 3 * mib);
}

TEST_F(Budget, NamesTheStageThatKeepsWhatItGets) {
  plan.stage("in", "source", CountedSource::Options{1, 100, 100 * kib});
  plan.stage("hoard", "hoarder", NoOptions{}).edge("in", "hoard");
  // A second reader of the same messages, after it, that lets them go.
  plan.stage("out", "sink", CountedSink::Options{microseconds(0), &written}).edge("in", "out");
  const std::string error = plan.error(2, 1);
  EXPECT_THAT(error, HasSubstr("the memory budget of 1.0 MiB is used up and reading cannot go on: "));
  EXPECT_THAT(error, HasSubstr("stage 'hoard' (plugin hoarder) holds "));
  EXPECT_THAT(error, testing::Not(HasSubstr("'out'")));
  EXPECT_THAT(error, HasSubstr("a stage must copy what it keeps of a message"));
  EXPECT_EQ(Counted::alive, 0U);
}

TEST_F(Budget, AStageMayKeepLessThanTheBudget) {
  plan.stage("in", "source", CountedSource::Options{1, 8, 100 * kib});
  plan.stage("hoard", "hoarder", NoOptions{}).edge("in", "hoard");
  plan.stage("out", "sink", CountedSink::Options{microseconds(0), &written}).edge("in", "out");
  EXPECT_EQ(plan.error(2, 1), "");
  EXPECT_EQ(written, 8U);
}

TEST_F(Budget, PayloadsMayOutliveTheRun) {
  plan.stage("in", "source", CountedSource::Options{1, 50, 10 * kib});
  plan.stage("out", "thief", NoOptions{}).edge("in", "out");
  EXPECT_EQ(plan.error(2, 1), "");
  EXPECT_EQ(Thief::kept.size(), 50U);
  EXPECT_EQ(Counted::alive, 500 * kib);
  Thief::kept.clear();  // the credits go back after the run and its graph are gone
  EXPECT_EQ(Counted::alive, 0U);
}

TEST_F(Budget, EndsOfKeysWaitForRoomToo) {
  PlanBuilder keyed;
  ToyMap::Options keys{
      [](const Number& n, Emitter& emit) { emit(n, std::string("k") + std::to_string(n.value)); }, {}};
  ToyKeyed::Options ends;
  ends.on_end = [](ToyKeyed::State&, Emitter& emit) { emit(Number{0, 100 * kib}); };
  ToySink::Options slow;
  std::atomic<int> count{0};
  slow.write = [&](const Number&, const Origin&) {
    nap(microseconds(200));
    ++count;
  };
  keyed.stage("in", "numbers", numbers({sequence(0, 200)})).stage("keys", "mapper", keys);
  keyed.stage("ends", "keyed", ends).stage("out", "writer", slow);
  keyed.edge("in", "keys").edge("keys", "ends").edge("ends", "out");
  const Result result = keyed.run(2, 1);
  EXPECT_EQ(count, 200);
  EXPECT_LE(result.peak_bytes_in_flight, mib);
}

/// Sends far more than the budget from one call.
struct Flood {
  struct Options {
    std::size_t count = 0, bytes = 0;
  };
  struct State {};
  Flood(const Options& o, StageContext&) : options(o) {}
  State begin(const std::string&) { return {}; }
  void on_message(State&, const Counted&, Emitter& emit) {
    for (std::size_t i = 0; i < options.count; ++i)
      emit(Counted(static_cast<std::int64_t>(i), options.bytes));
  }
  void on_end(State&, Emitter&) {}
  const Options options;
};

TEST_F(Budget, HoldsAgainstAStageThatSendsWithoutEnd) {
  static_cast<Catalog&>(plan).keyed<Flood>("flood").input<Counted>("in").output<Counted>("out");
  for (const std::size_t threads : {1, 2, 8}) {
    Counted::peak = 0;
    written = 0;
    plan.plan.stages.clear();
    plan.plan.edges.clear();
    plan.stage("in", "source", CountedSource::Options{1, 1, 8});
    plan.stage("flood", "flood", Flood::Options{400, 64 * kib});  // 25 MiB
    plan.stage("map", "map", CountedMap::Options{1, 32 * kib});
    plan.stage("out", "sink", CountedSink::Options{microseconds(20), &written});
    plan.edge("in", "flood").edge("flood", "map").edge("map", "out");
    const Result result = plan.run(threads, 4);
    EXPECT_EQ(written, 400U);
    // What each thread sends or makes of it when the budget is reached comes on top.
    EXPECT_LE(result.peak_bytes_in_flight, 4 * mib + threads * 2 * 100 * kib) << threads << " threads";
  }
}

TEST_F(Budget, NamesWhoKeepsWhatAStageSendsWithoutEnd) {
  static_cast<Catalog&>(plan).keyed<Flood>("flood").input<Counted>("in").output<Counted>("out");
  plan.stage("in", "source", CountedSource::Options{1, 1, 8});
  plan.stage("flood", "flood", Flood::Options{2000, 64 * kib});
  plan.stage("hoard", "hoarder", NoOptions{}).edge("in", "flood").edge("flood", "hoard");
  const std::string error = plan.error(2, 1);
  EXPECT_THAT(error,
              HasSubstr("stage 'flood' (plugin flood), key 'u', message 0: the memory budget of 1.0 "
                        "MiB is used up, and what it sends is kept: stage 'hoard' (plugin hoarder) holds "));
  EXPECT_LE(Counted::peak, 4 * mib);
}

TEST_F(Budget, CountsOnceWhatSeveralStagesKeep) {
  plan.stage("in", "source", CountedSource::Options{1, 24, 64 * kib, 24});  // 1.5 MiB at once
  for (const char* thief : {"a", "b", "c"}) plan.stage(thief, "thief", NoOptions{}).edge("in", thief);
  EXPECT_EQ(plan.error(2, 1), "");
  EXPECT_EQ(Thief::kept.size(), 3U * 24U);
  Thief::kept.clear();
}

TEST_F(Budget, RefusesAMapThatSendsMoreThanItForOneMessage) {
  plan.stage("in", "source", CountedSource::Options{1, 1, 8});
  plan.stage("map", "map", CountedMap::Options{2000, 64 * kib});
  plan.stage("out", "sink", CountedSink::Options{microseconds(0), &written});
  plan.edge("in", "map").edge("map", "out");
  EXPECT_EQ(
      plan.error(2, 1),
      "stage 'map' (plugin map), key 'u', message 0: it sends more for one message than the memory budget "
      "of 1.0 MiB, and what a map sends for one leaves together; send less at a time, as a keyed stage "
      "can, or let run.memory_mib grow");
  EXPECT_LE(Counted::peak, 2 * mib);
}

}  // namespace
}  // namespace ipet::run::test
