#include "pipeline/run/execute.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "pipeline/run/pass.hpp"
#include "pipeline/run/run_folder.hpp"
#include "pipeline/run/run_state.hpp"
#include "pipeline/run/sampler.hpp"
#include "pipeline/run/schedule.hpp"
#include "pipeline/run/working.hpp"
#include "pipeline/text/lists.hpp"

namespace ipet::run {
namespace {

/// The thread that tells the observer how far the run is.
class Watcher {
 public:
  Watcher(RunState& run, const std::vector<PassSchedule>& schedule) : run_(run), schedule_(schedule) {
    if (run_.observer.progress) thread_ = std::thread([this] { watch(); });
  }
  Watcher& operator=(Watcher&&) = delete;
  /// Reports once more and ends the thread.
  ~Watcher() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      end_ = true;
    }
    ended_.notify_all();
    thread_.join();
  }

  void pass(std::size_t number) { pass_.store(number); }
  /// The sinks commit from here on.
  void commits() { commits_.store(true); }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, std::chrono::milliseconds(200), [this] { return end_; })) report();
    report();
  }
  void report() {
    Progress progress;
    progress.pass = pass_.load();
    progress.passes = run_.plan.passes;
    progress.phase = run_.sealed() && !run_.halted() ? Phase::naming
                     : commits_.load()               ? Phase::commits
                                                     : Phase::passes;
    progress.stops_writing = run_.asked_while_writing();
    progress.bytes_in_flight = run_.budget->in_flight();
    progress.budget_bytes = run_.budget->limit();
    progress.seconds = run_.seconds();
    if (progress.pass < schedule_.size()) {
      std::vector<std::size_t> stages = schedule_[progress.pass].own;
      const auto& sinks = schedule_[progress.pass].sinks;
      stages.insert(stages.end(), sinks.begin(), sinks.end());
      std::sort(stages.begin(), stages.end());
      for (const std::size_t stage : stages) progress.stages.push_back(run_.counters(stage));
    }
    try {
      run_.observer.progress(progress);
    } catch (...) {
      run_.fail("the progress display failed: " + cause_text(std::current_exception()));
    }
  }

  RunState& run_;
  const std::vector<PassSchedule>& schedule_;
  std::atomic<std::size_t> pass_{0};
  std::atomic<bool> commits_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

class Execution {
 public:
  explicit Execution(RunState& run)
      : run_(run), schedule_(make_schedule(run.plan)), gatherings_(make_gatherings(run.plan)) {}

  [[nodiscard]] const std::vector<PassSchedule>& schedule() const { return schedule_; }

  /// Everything but the commits, in the arena's threads. Errors are recorded in the run's state.
  void run(Watcher& watcher) {
    create_sinks();
    for (std::size_t pass = 0; pass < schedule_.size() && !run_.halted(); ++pass) {
      if (run_.stopping()) {
        run_.note_cut_short();
        break;
      }
      watcher.pass(pass);
      say_pass(pass);
      Pass current(run_, pass, schedule_[pass], gatherings_, sinks_);
      try {
        if (current.run()) begun_ = true;
      } catch (...) {
        run_.fail(cause_text(std::current_exception()));  // before the pass waits for its graph
      }
      check_inputs(pass);
      drop_values(pass);
    }
    run_.freeze_stop();
    if (!run_.halted() && begun_) {
      watcher.commits();
      warn_of_changed_inputs();
      commit();
      committed_ = !run_.halted();
    }
    sinks_.clear();
  }

  [[nodiscard]] bool committed() const { return committed_; }

 private:
  /// "pass 2 of 3: windows; again: capture, devices".
  void say_pass(std::size_t pass) {
    const auto names = [this](const std::vector<std::size_t>& stages) {
      return text::joined(stages, ", ", [this](std::size_t stage) { return run_.plan.stages[stage].id; });
    };
    const PassSchedule& now = schedule_[pass];
    run_.say_part("pass " + std::to_string(pass + 1) + " of " + std::to_string(schedule_.size()) + ": " +
                  names(now.own) + (now.again.empty() ? "" : "; again: " + names(now.again)));
  }

  /// What was read again must have been the same: all of it.
  void check_inputs(std::size_t pass) {
    if (run_.halted() || run_.cut_short()) return;
    for (const std::size_t stage : schedule_[pass].again) {
      try {
        run_.inputs().end_of_reading(stage);
      } catch (...) {
        run_.fail(stage, {}, std::current_exception());
      }
    }
  }

  void warn_of_changed_inputs() {
    for (const auto& [stage, text] : run_.inputs().changed_since())
      run_.say(true, stage, text + "; the result is of what was read");
    run_.say_part("writing the results");
  }

  void create_sinks() {
    sinks_.resize(run_.plan.stages.size());
    contexts_.resize(run_.plan.stages.size());
    for (std::size_t stage = 0; stage < sinks_.size() && !run_.halted(); ++stage) {
      const plan::PlannedStage& planned = run_.plan.stages[stage];
      if (planned.description->form != Form::sink) continue;
      contexts_[stage].emplace(run_, stage, false);
      const Working working(run_, stage);
      try {
        std::unique_ptr<Stage> made = planned.description->create(planned.options.get(), *contexts_[stage]);
        sinks_[stage].reset(static_cast<SinkStage*>(made.release()));
      } catch (const Interrupted&) {
        run_.stopped_early(stage, false);
      } catch (...) {
        run_.fail(stage, {}, std::current_exception());
      }
    }
    if (run_.halted()) return;
    try {
      run_.outputs.check_inputs();
    } catch (...) {
      run_.fail(cause_text(std::current_exception()));
    }
  }

  /// All sinks complete their files, then all files get their names.
  void commit() {
    for (std::size_t stage = 0; stage < sinks_.size() && !run_.halted(); ++stage) {
      if (!sinks_[stage]) continue;
      const Working working(run_, stage);
      try {
        sinks_[stage]->commit();
      } catch (...) {
        run_.fail(stage, ", commit", std::current_exception());
      }
    }
    run_.seal_stop();
    if (run_.halted()) return;
    try {
      run_.outputs.publish_waiting(
          run_.inputs().records(), run_.cut_short(),
          [this](std::size_t stage, const std::string& text) { run_.say(false, stage, text); },
          [this](std::size_t stage, const std::string& text) { run_.say(true, stage, text); });
    } catch (...) {
      run_.fail("publishing the results: " + cause_text(std::current_exception()));
    }
  }

  /// Forgets the values that no later pass reads.
  void drop_values(std::size_t pass) {
    std::map<std::pair<std::size_t, std::size_t>, Message> wholes, collected;
    for (const plan::Edge& edge : run_.plan.edges) {
      if (last_use(run_.plan, schedule_, edge) <= pass) continue;
      if (const auto value = run_.wholes.find({edge.from, edge.output}); value != run_.wholes.end())
        wholes.insert(*value);
      if (const auto value = run_.collected.find({edge.to, edge.input}); value != run_.collected.end())
        collected.insert(*value);
    }
    run_.wholes = std::move(wholes);
    run_.collected = std::move(collected);
  }

  RunState& run_;
  const std::vector<PassSchedule> schedule_;
  std::vector<Gathering> gatherings_;
  std::vector<std::optional<RunContext>> contexts_;
  Sinks sinks_;
  bool begun_ = false;  ///< a pass has: else there is nothing to commit
  bool committed_ = false;
};

/// StageError instead of others: what is wrong is reported as of a stage that failed.
RunFolder only_run_in(const std::filesystem::path& folder, const std::string& command_line) {
  try {
    return RunFolder(folder, command_line);
  } catch (const OutputError&) {
    throw;
  } catch (const std::exception& error) {
    throw StageError(error.what());
  }
}

}  // namespace

std::string made_text(const std::vector<Made>& made) {
  return text::joined(made, ", ", [](const Made& each) {
    return std::to_string(each.count) + " " + (each.count == 1 ? each.one : each.many);
  });
}

Result execute(const plan::Plan& plan, const RunFacts& facts, const Observer& observer,
               const StopRequest& stop) {
  const RunFolder folder =
      only_run_in(facts.live ? std::filesystem::path() : plan.run.output, facts.command_line);
  RunState run(plan, facts, observer, stop);
  Result result;
  try {
    Execution execution(run);
    Watcher watcher(run, execution.schedule());
    std::optional<Sampler> sampler;
    if (!facts.live) sampler.emplace(run);  // a live run goes on for months
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, run.threads);
    tbb::task_arena arena(static_cast<int>(run.threads));
    arena.execute([&] { execution.run(watcher); });
    result.committed = execution.committed();
  } catch (...) {
    run.fail(cause_text(std::current_exception()));
  }
  if (run.failed()) run.rethrow();
  result.interrupted = run.cut_short();
  result.peak_bytes_in_flight = run.budget->peak();
  result.seconds = run.seconds();
  result.printed = run.printed();
  result.made = run.made();
  result.rows = run.results();
  result.published = run.outputs.published();
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage)
    result.counters.push_back(run.counters(stage));
  return result;
}

}  // namespace ipet::run
