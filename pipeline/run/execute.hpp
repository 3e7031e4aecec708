// Runs a plan: one TBB flow graph per pass, drained wave by wave.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pipeline/plan/plan.hpp"
#include "pipeline/sdk/result_row.hpp"

namespace ipet::run {

/// A stage failed. The text names stage, plugin, key and item and ends with the cause.
class StageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The folder for the results can be none: what names it (--output, run.output) is wrong.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct StageCounters {
  std::string stage;
  std::size_t pass = 0;
  std::uint64_t messages = 0;           ///< emitted (sinks: received)
  std::uint64_t items = 0;              ///< packets, windows ... in them
  std::uint64_t held_bytes = 0;         ///< payload bytes whose last receiver this stage is
  double fraction = -1;                 ///< progress of a task, 0..1; negative: unknown
  std::string text;                     ///< what a task says about its progress
  bool working = false;                 ///< a task that has begun and not ended
  std::string resume_point;             ///< StageContext::resume_point
  double seconds = 0, cpu_seconds = 0;  ///< so far, as in StageUse
  std::uint64_t peak_bytes = 0;
};

enum class Phase {
  passes,
  commits,  ///< the sinks write their files; the first stop cuts nothing short any more
  naming    ///< the files get their names; nothing stops that but the end of the process
};

struct Progress {
  std::size_t pass = 0, passes = 0;
  Phase phase = Phase::passes;
  bool stops_writing = false;  ///< a sink asks for stop requests while it writes
  std::uint64_t bytes_in_flight = 0, budget_bytes = 0;
  double seconds = 0;                 ///< since the start of the run
  std::vector<StageCounters> stages;  ///< those of the running pass
};

/// What Ctrl-C asks for. Set from a signal handler.
struct StopRequest {
  std::atomic<int> level{0};  ///< 0: run; 1: sources and tasks stop, the rest drains; 2: cancel at once
};

class Trace;

struct Observer {
  /// Called about five times a second from a thread of its own; may be empty.
  std::function<void(const Progress&)> progress;
  std::function<void(const std::string&stage, const std::string&text)> info, warn;
  /// Called when a part of the run begins: "pass 2 of 3: training", "writing the results"; may be empty.
  std::function<void(const std::string& text)> part = {};
  Trace* trace = nullptr;
};

/// So many of something that stages made (sdk/made.hpp).
struct Made {
  std::uint64_t count = 0;
  std::string one, many;  ///< "window", "windows"
};

/// A row that a stage told (sdk/result_row.hpp).
struct StageRow {
  std::string stage;
  ResultRow row;
};

struct Result {
  bool interrupted = false;  ///< a stop request cut something short
  bool committed = false;    ///< sinks committed, when interrupted: what was complete
  std::uint64_t peak_bytes_in_flight = 0;
  double seconds = 0;
  std::vector<std::string> printed;     ///< print_at_end texts in pipeline order
  std::vector<Made> made;               ///< each thing once, in pipeline order
  std::vector<StageRow> rows;           ///< in pipeline order
  std::vector<std::string> published;   ///< results that got their names, those in the output folder by name
  std::vector<StageCounters> counters;  ///< totals per stage, pipeline order
};

/// "14 devices, 6010 windows"; "" where no stage said anything.
std::string made_text(const std::vector<Made>& made);

/// Things about the run that only the caller knows, for RunRecord.
struct RunFacts {
  std::string command_line;
  std::string version;
  std::vector<PluginRecord> plugins;
  /// StageContext::component, which may load more plugins; `loaded_plugins` then tells all. May be empty.
  std::function<std::shared_ptr<const void>(const TypeName& interface, const std::string& name,
                                            const std::string& options)>
      make_component = {};
  std::function<std::vector<PluginRecord>()> loaded_plugins = {};
  bool fresh = false;  ///< StageContext::fresh
  bool live = false;   ///< makes no folder, and has none to itself
};

/// Throws StageError when a stage fails, or when another run is at work in the output folder; nothing is
/// published then. When interrupted at level 1, sinks commit
/// what is complete: stages whose pass was cut short by the stop give no whole values, and stages that need
/// those do not run. An input that is another one when it is read again is an error. Throws OutputError when
/// the output folder is a file, a link that leads nowhere, or below such a thing.
Result execute(const plan::Plan& plan, const RunFacts& facts, const Observer& observer,
               const StopRequest& stop);

}  // namespace ipet::run
