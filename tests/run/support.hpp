// Toy stages and hand-built plans for the tests of the executor.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "pipeline/run/execute.hpp"
#include "pipeline/sdk/catalog.hpp"

namespace ipet::run::test {

struct Number {
  static constexpr std::string_view type_name = "number";
  static constexpr int type_version = 1;
  std::int64_t value = 0;
  std::size_t bytes = 8;
  [[nodiscard]] std::size_t byte_size() const { return bytes; }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

/// What a stream of numbers is gathered into.
struct NumberSet {
  static constexpr std::string_view type_name = "number_set";
  static constexpr int type_version = 1;
  using Element = Number;
  std::vector<std::int64_t> values;
  bool finished = false;
  void add(const Number& number) { values.push_back(number.value); }
  void merge(NumberSet&& other) { values.insert(values.end(), other.values.begin(), other.values.end()); }
  void finish() { finished = true; }
  [[nodiscard]] std::size_t byte_size() const { return values.size() * 8; }
  [[nodiscard]] std::size_t item_count() const { return values.size(); }
};

struct Text {
  static constexpr std::string_view type_name = "text";
  static constexpr int type_version = 1;
  std::string text;
  [[nodiscard]] std::size_t byte_size() const { return text.size(); }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

// Each toy stage does what the functions in its options say.

struct ToySource {
  struct Options {
    std::vector<std::string> units;
    /// False when the unit is exhausted.
    std::function<bool(std::size_t unit, std::size_t step, Emitter&)> step;
    std::function<void(std::size_t unit)> open;
    std::function<void()> list;
    std::function<void(StageContext&)> create;
    std::function<void(std::size_t unit)> stopped;
    std::function<void(Emitter&)> finish;
  };
  struct Reader final : UnitReader {
    Reader(const Options& options_in, std::size_t unit_in) : options(options_in), unit(unit_in) {}
    bool next(Emitter& emit) override { return options.step(unit, step++, emit); }
    void stopped() override {
      if (options.stopped) options.stopped(unit);
    }
    const Options& options;
    const std::size_t unit;
    std::size_t step = 0;
  };
  ToySource(const Options& o, StageContext& context) : options(o) {
    if (options.create) options.create(context);
  }
  std::vector<std::string> units() {
    if (options.list) options.list();
    return options.units;
  }
  std::unique_ptr<UnitReader> open(std::size_t unit) {
    if (options.open) options.open(unit);
    return std::make_unique<Reader>(options, unit);
  }
  void finish(Emitter& emit) {
    if (options.finish) options.finish(emit);
  }
  const Options& options;
};

struct ToyMap {
  struct Options {
    std::function<void(const Number&, Emitter&)> on_message;
    std::function<void(StageContext&)> create;
  };
  ToyMap(const Options& o, StageContext& context) : options(o) {
    if (options.create) options.create(context);
  }
  void on_message(const Number& number, Emitter& emit) const { options.on_message(number, emit); }
  const Options& options;
};

struct ToyKeyed {
  struct State {
    std::string key;
    std::vector<std::int64_t> values;
  };
  struct Options {
    std::function<void(State&, const Number&, Emitter&)> on_message;
    std::function<void(State&, Emitter&)> on_end;
    std::function<void(const std::string&)> begin;
    std::function<void(Emitter&)> finish;
    std::function<std::string(const std::string&)> key_of;
  };
  ToyKeyed(const Options& o, StageContext&) : options(o) {}
  [[nodiscard]] std::string key_of(const std::string& key) const {
    return options.key_of ? options.key_of(key) : key;
  }
  State begin(const std::string& key) {
    if (options.begin) options.begin(key);
    return {key, {}};
  }
  void on_message(State& state, const Number& number, Emitter& emit) {
    if (options.on_message) options.on_message(state, number, emit);
  }
  void on_end(State& state, Emitter& emit) {
    if (options.on_end) options.on_end(state, emit);
  }
  void finish(Emitter& emit) {
    if (options.finish) options.finish(emit);
  }
  const Options& options;
};

struct ToyFold {
  using Partial = NumberSet;
  struct Options {
    std::function<void(const Number&)> add;
    std::function<void(NumberSet&, Emitter&)> finish;
    bool give = true;
  };
  ToyFold(const Options& o, StageContext&) : options(o) {}
  void add(Partial& partial, const Number& number) {
    if (options.add) options.add(number);
    partial.add(number);
  }
  void merge(Partial& into, Partial& from) { into.merge(std::move(from)); }
  void finish(Partial& partial, Emitter& emit) {
    if (options.finish) options.finish(partial, emit);
    if (options.give) emit(NumberSet(partial));
  }
  const Options& options;
};

struct ToyTask {
  struct Options {
    std::function<void(StageContext&, Emitter&)> run;
  };
  ToyTask(const Options& o, StageContext& context_in) : options(o), context(context_in) {}
  void run(Emitter& emit) { options.run(context, emit); }
  const Options& options;
  StageContext& context;
};

struct ToySink {
  struct Options {
    std::function<void(const Number&, const Origin&)> write;
    std::function<void(const NumberSet&, const Origin&)> write_set;
    std::function<void(StageContext&)> commit;
    std::function<void()> destroyed;
    std::function<void(StageContext&)> create;
  };
  ToySink(const Options& o, StageContext& context_in) : options(o), context(context_in) {
    if (options.create) options.create(context);
  }
  ToySink(const ToySink&) = delete;
  ~ToySink() {
    if (options.destroyed) options.destroyed();
  }
  void write(const Number& number, const Origin& origin) {
    if (options.write) options.write(number, origin);
  }
  void write(const NumberSet& set, const Origin& origin) {
    if (options.write_set) options.write_set(set, origin);
  }
  void commit() {
    if (options.commit) options.commit(context);
  }
  const Options& options;
  StageContext& context;
};

/// A source whose unit `i` is the numbers in `units[i]`, one message a step.
inline ToySource::Options numbers(std::vector<std::vector<std::int64_t>> units, std::size_t bytes = 8) {
  ToySource::Options options;
  for (std::size_t i = 0; i < units.size(); ++i)
    options.units.push_back(std::string("u") + std::to_string(i));
  options.step = [units = std::move(units), bytes](std::size_t unit, std::size_t step, Emitter& emit) {
    if (step >= units[unit].size()) return false;
    emit(Number{units[unit][step], bytes});
    return true;
  };
  return options;
}

/// `count` numbers from `first`.
inline std::vector<std::int64_t> sequence(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back(first + i);
  return all;
}

/// Builds plans as the planner would. Stages are added in topological order.
class PlanBuilder : public Catalog {
 public:
  PlanBuilder() {
    source<ToySource>("numbers").output<Number>("out").output<Text>("text");
    map<ToyMap>("mapper").input<Number>("in").output<Number>("out");
    keyed<ToyKeyed>("keyed").input<Number>("in").output<Number>("out");
    fold<ToyFold>("folder").input<Number>("in").output<NumberSet>("set");
    sink<ToySink>("writer").input<Number>("in").input<NumberSet>("in");
    task<ToyTask>("tasker")
        .whole<NumberSet>("a")
        .optional()
        .whole<NumberSet>("b")
        .optional()
        .output<NumberSet>("set");
    map<ToyMap>("informed").input<Number>("in").whole<NumberSet>("set").output<Number>("out");
    plan.name = "test";
  }
  void add(StageDescription stage) override { descriptions_.push_back(std::move(stage)); }
  void add(ComponentDescription) override {}

  template <class O>
  PlanBuilder& stage(const std::string& id, const std::string& plugin, O options) {
    plan::PlannedStage stage;
    stage.id = id;
    stage.options = std::make_shared<const O>(std::move(options));
    for (const StageDescription& description : descriptions_)
      if (description.name == plugin) stage.description = &description;
    if (stage.description == nullptr) throw std::logic_error("no toy stage " + plugin);
    plan.stages.push_back(std::move(stage));
    return *this;
  }
  /// "from.port" to "to.port".
  PlanBuilder& edge(const std::string& from, const std::string& to) {
    plan::Edge edge;
    std::tie(edge.from, edge.output) = port(from, true);
    std::tie(edge.to, edge.input) = port(to, false);
    const bool whole_out = description(edge.from).outputs[edge.output].whole;
    const bool whole_in = description(edge.to).inputs[edge.input].whole;
    edge.kind = whole_out ? (whole_in ? plan::EdgeKind::whole : plan::EdgeKind::value)
                          : (whole_in ? plan::EdgeKind::collected : plan::EdgeKind::stream);
    plan.edges.push_back(edge);
    return *this;
  }
  /// A described stage of one's own.
  void describe(StageDescription stage) { add(std::move(stage)); }
  StageDescription& described(const std::string& name) {
    for (StageDescription& description : descriptions_)
      if (description.name == name) return description;
    throw std::logic_error("no toy stage " + name);
  }

  const plan::Plan& build() {
    std::stable_sort(plan.edges.begin(), plan.edges.end(), [](const plan::Edge& a, const plan::Edge& b) {
      return std::pair(a.to, a.input) < std::pair(b.to, b.input);
    });
    plan.passes = 1;
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
      std::size_t& pass = plan.stages[stage].pass = 0;
      for (const plan::Edge& edge : plan.edges) {
        if (edge.to != stage) continue;
        const bool later = edge.kind == plan::EdgeKind::whole || edge.kind == plan::EdgeKind::collected;
        pass = std::max(pass, plan.stages[edge.from].pass + (later ? 1 : 0));
      }
      plan.passes = std::max(plan.passes, pass + 1);
    }
    return plan;
  }
  Result run(std::size_t threads = 2, std::size_t memory_mib = 64) {
    plan.run.threads = threads;
    plan.run.memory_mib = memory_mib;
    return execute(build(), facts, observer, stop);
  }
  /// The text of the StageError that the run ends with, or "" when it ends well.
  std::string error(std::size_t threads = 2, std::size_t memory_mib = 64) {
    try {
      run(threads, memory_mib);
    } catch (const StageError& error) {
      return error.what();
    }
    return {};
  }

  plan::Plan plan;
  RunFacts facts;
  Observer observer;
  StopRequest stop;

 private:
  [[nodiscard]] const StageDescription& description(std::size_t stage) const {
    return *plan.stages[stage].description;
  }
  [[nodiscard]] std::pair<std::size_t, std::size_t> port(const std::string& text, bool output) const {
    const std::size_t dot = text.find('.');
    const std::string id = text.substr(0, dot);
    const std::string name = dot == std::string::npos ? "" : text.substr(dot + 1);
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
      if (plan.stages[stage].id != id) continue;
      if (name.empty()) return {stage, 0};
      const auto find = [&](const auto& ports) {
        for (std::size_t i = 0; i < ports.size(); ++i)
          if (ports[i].name == name) return std::pair(stage, i);
        throw std::logic_error("no port " + text);
      };
      return output ? find(description(stage).outputs) : find(description(stage).inputs);
    }
    throw std::logic_error("no stage " + text);
  }

  std::deque<StageDescription> descriptions_;
};

/// What a sink was given, in the order of the calls.
struct Written {
  std::vector<std::pair<Origin, std::int64_t>> calls;
  std::vector<std::pair<Origin, std::vector<std::int64_t>>> sets;
  int commits = 0;

  ToySink::Options sink() {
    ToySink::Options options;
    options.write = [this](const Number& number, const Origin& origin) {
      calls.emplace_back(origin, number.value);
    };
    options.write_set = [this](const NumberSet& set, const Origin& origin) {
      sets.emplace_back(origin, set.values);
    };
    options.commit = [this](StageContext&) { ++commits; };
    return options;
  }
  /// Values by lane, each in the order of writing.
  [[nodiscard]] std::map<std::string, std::vector<std::int64_t>> lanes() const {
    std::map<std::string, std::vector<std::int64_t>> by_lane;
    for (const auto& [origin, value] : calls) by_lane[origin.lane].push_back(value);
    return by_lane;
  }
  /// "lane:sequence=value" of every call, sorted: the same whenever the run is deterministic.
  [[nodiscard]] std::vector<std::string> sorted() const {
    std::vector<std::string> texts;
    for (const auto& [origin, value] : calls)
      texts.push_back(origin.lane + ":" + std::to_string(origin.sequence) + "=" + std::to_string(value));
    std::sort(texts.begin(), texts.end());
    return texts;
  }
};

inline void nap(std::chrono::microseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace ipet::run::test
