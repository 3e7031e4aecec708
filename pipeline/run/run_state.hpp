// What all parts of one run share: the plan, the first error, counters, notes for the end, whole values.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/run/budget.hpp"
#include "pipeline/run/execute.hpp"
#include "pipeline/run/inputs.hpp"
#include "pipeline/run/lanes.hpp"
#include "pipeline/run/outputs.hpp"

namespace ipet::run {

/// "a: b: c" of an exception and those nested in it.
std::string cause_text(const std::exception_ptr& error);
/// ISO 8601.
std::string now_utc();

struct StageStats {
  std::atomic<std::uint64_t> messages{0}, items{0};
  std::atomic<bool> working{false};  ///< a task, between its begin and its end
  std::atomic<int> threads{0};       ///< that run its code
  std::mutex mutex;                  ///< of those below
  double fraction = -1;
  std::string text, resume_point;
  double seconds = 0, cpu_seconds = 0;  ///< StageUse
  std::uint64_t peak_bytes = 0;
};

class RunState {
 public:
  RunState(const plan::Plan& plan, const RunFacts& facts, const Observer& observer, const StopRequest& stop);

  /// "stage 'windows' (plugin windowing)".
  [[nodiscard]] std::string stage_text(std::size_t stage) const { return stage_name(stage); }
  /// The same, as long as the run.
  [[nodiscard]] const char* stage_name(std::size_t stage) const { return stage_names_.at(stage).c_str(); }
  /// Which stages hold how much of the memory budget, and what to do.
  [[nodiscard]] std::string holders_text() const;

  /// Records an error of a stage; the first one wins and stops all further work. `item` says what was being
  /// handled (", key 'x', message 17") and may be empty.
  void fail(std::size_t stage, const std::string& item, const std::exception_ptr& error) noexcept;
  void fail(std::string text) noexcept;
  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }
  /// Throws the recorded error.
  [[noreturn]] void rethrow() const;

  /// Whether a first Ctrl-C has come: sources start nothing more.
  [[nodiscard]] bool stopping() const { return level() >= 1; }
  /// Whether an error, a second Ctrl-C or a broken stream has ended the run: every body that has not begun is
  /// skipped, and nothing is committed.
  [[nodiscard]] bool halted() const {
    return failed() || broken_off_.load(std::memory_order_relaxed) || level() >= 2;
  }
  /// Something was not done because of a stop request; a request that comes too late cuts nothing short.
  void note_cut_short() { cut_short_.store(true); }
  [[nodiscard]] bool cut_short() const { return cut_short_.load() || level() >= 2; }
  /// A stage threw Interrupted. `value`: all that it would have given are whole values, so that nothing is
  /// half done; else the run is broken off. An error when no stop was asked for.
  void stopped_early(std::size_t stage, bool value) noexcept;
  /// What stages are told. One that knows may leave work out, so the run counts as cut short.
  [[nodiscard]] bool tell_interrupted() {
    if (frozen_level_.load() >= 0) return cut_short();
    if (stopping()) note_cut_short();
    return stopping();
  }
  /// What a sink is told that could do its work again: also while results are written.
  [[nodiscard]] bool tell_stop_requested() {
    if (frozen_level_.load() < 0) return tell_interrupted();
    asked_while_writing_.store(true);
    if (sealed() || stop.level.load() < 1) return cut_short();
    note_cut_short();
    return true;
  }
  [[nodiscard]] bool asked_while_writing() const { return asked_while_writing_.load(); }
  /// For the runtime's own reading of files, as StageContext::check_interrupted.
  void check_reading() const {
    if (halted()) throw Cancelled();
    if (frozen_level_.load() < 0 && stopping()) throw Interrupted();
  }
  /// From here on the first stop request changes nothing: of some sinks the results would say that they are
  /// complete and of others that they are not. The second one still cancels.
  void freeze_stop() { frozen_level_.store(stop.level.load()); }
  /// From here on no stop request changes anything: all results get their names.
  void seal_stop() {
    frozen_level_.store(level());
    sealed_.store(true);
  }

  [[nodiscard]] bool sealed() const { return sealed_.load(); }

  [[nodiscard]] double seconds() const;
  [[nodiscard]] RunRecord record() const;
  [[nodiscard]] std::shared_ptr<const void> make_component(const TypeName& interface, const std::string& name,
                                                           const std::string& options);
  [[nodiscard]] Inputs& inputs() { return inputs_; }
  void note_printed(std::size_t stage, std::string text);
  [[nodiscard]] std::vector<std::string> printed() const;
  void note_made(std::size_t stage, std::uint64_t count, std::string_view one, std::string_view many);
  /// What was made, by its name, in pipeline order; where several stages made it, the most.
  [[nodiscard]] std::vector<Made> made() const;
  void note_result(std::size_t stage, ResultRow row);
  [[nodiscard]] std::vector<StageRow> results() const;
  void say(bool warning, std::size_t stage, std::string_view text);
  /// What the run as a whole does next.
  void say_part(const std::string& text);
  [[nodiscard]] StageCounters counters(std::size_t stage) const;

  const plan::Plan& plan;
  const RunFacts& facts;
  const Observer& observer;
  const StopRequest& stop;
  const std::size_t threads;
  const std::shared_ptr<Budget> budget;
  LaneTable lanes;
  Outputs outputs;
  mutable std::vector<StageStats> stats;
  /// Whole values by (stage, output) and gathered streams by (consumer, input). Changed between passes only,
  /// and by the one stage that makes a value, under the mutex.
  std::map<std::pair<std::size_t, std::size_t>, Message> wholes, collected;
  mutable std::mutex values_mutex;

 private:
  [[nodiscard]] int level() const {
    const int frozen = frozen_level_.load(std::memory_order_relaxed);
    const int now = stop.level.load(std::memory_order_relaxed);
    if (frozen < 0) return now;
    return now >= 2 && !sealed_.load(std::memory_order_relaxed) ? 2 : frozen;
  }

  std::atomic<bool> failed_{false}, cut_short_{false}, broken_off_{false};
  std::atomic<int> frozen_level_{-1};
  std::atomic<bool> sealed_{false}, asked_while_writing_{false};
  mutable std::mutex components_mutex_;  ///< components are loaded one at a time
  mutable std::mutex mutex_;
  std::string error_;
  Inputs inputs_;
  std::map<std::size_t, std::vector<std::string>> printed_;
  std::map<std::size_t, std::vector<Made>> made_;          ///< by stage
  std::map<std::size_t, std::vector<ResultRow>> results_;  ///< by stage
  std::mutex observer_mutex_;
  const std::chrono::steady_clock::time_point started_;
  const std::string created_;
  const std::vector<std::string> stage_names_;
};

}  // namespace ipet::run
