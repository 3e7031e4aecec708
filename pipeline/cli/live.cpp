#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/made_component.hpp"
#include "pipeline/cli/progress.hpp"
#include "pipeline/cli/service_manager.hpp"
#include "pipeline/cli/signals.hpp"
#include "pipeline/cli/terminal.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/plan/input_files.hpp"
#include "pipeline/run/execute.hpp"

namespace ipet::cli {
namespace {

/// A file as it was read once, with the plugins that its plan points into.
struct LiveFile {
  explicit LiveFile(const Arguments& arguments) : catalog(plugin_path(arguments)) {}
  catalog::PluginCatalog catalog;
  plan::Plan plan;
  std::string stage;  ///< that the verb is about
};

/// Throws DefinitionError.
std::unique_ptr<LiveFile> load(const Arguments& arguments) {
  auto file = std::make_unique<LiveFile>(arguments);
  file->plan = checked_plan(arguments, file->catalog);
  if (file->catalog.registry().verb(arguments.verb) == nullptr) file->catalog.look_for(arguments.verb);
  const VerbDescription* verb = file->catalog.registry().verb(arguments.verb);
  Problems problems;
  if (verb == nullptr) {
    report(problems, "plugin-verb", {}, "the plugin of the verb '" + arguments.verb + "' cannot be used",
           catalog::looked_in(file->catalog.path()));
    throw definition::DefinitionError(std::move(problems));
  }
  for (const plan::PlannedStage& stage : file->plan.stages) {
    if (stage.description->name != verb->stage) continue;
    if (!file->stage.empty())
      report(problems, "verb", stage.where,
             "ipet " + verb->name + " runs one stage '" + verb->stage + "', and here is a second one",
             "make a file of its own for each");
    file->stage = stage.id;
  }
  const Place place{std::make_shared<const std::string>(arguments.file.string()), 0, 0, 1};
  if (file->stage.empty())
    report(problems, "verb", place,
           "ipet " + verb->name + " needs a file with a stage whose plugin is '" + verb->stage + "'",
           "such a stage: [stages." + verb->stage + "] with plugin = \"" + verb->stage + "\"");
  if (problems.empty()) plan::check_inputs(file->plan, file->catalog, problems);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  return file;
}

/// One live run after the other: of a file that is read again, the next.
class LiveRuns {
 public:
  explicit LiveRuns(const Arguments& arguments)
      : arguments_(arguments), asked_(stop_run_by_signals()), reload_(reload_by_signal()) {}

  int run(std::unique_ptr<LiveFile> file) {
    for (;; file = std::move(next_)) {
      const ExitCode code = run_once(*file);
      if (next_ == nullptr) return code;
      if (code == done) earlier_ = std::move(file);
    }
  }

 private:
  ExitCode run_once(LiveFile& file) {
    const run::RunFacts facts{
        arguments_.command_line,
        IPET_VERSION,
        file.catalog.records(),
        [&file](const TypeName& interface, const std::string& name, const std::string& options) {
          return made_component(file.catalog, interface, name, options);
        },
        [&file] { return file.catalog.records(); },
        false,
        true};
    at_work_.reset();
    run::StopRequest stop;
    run::Observer observer;
    observer.progress = [&](const run::Progress& progress) { watch(file, progress, stop); };
    observer.info = [&](const std::string& stage, const std::string& text) { display_.info(stage, text); };
    observer.warn = [&](const std::string& stage, const std::string& text) { display_.warn(stage, text); };
    try {
      for (const std::string& text : run::execute(file.plan, facts, observer, stop).printed)
        std::cout << text << std::flush;
    } catch (const std::exception& error) {
      print_error(error.what());
      if (earlier_ == nullptr || asked_.level > 0) return stage_failed;
      display_.warn(arguments_.verb, "the file before stays in force");
      next_ = std::move(earlier_);
      return stage_failed;
    }
    if (next_ == nullptr) display_.info(arguments_.verb, "ended");
    return asked_.level < 2 ? done : interrupted;
  }

  /// Called five times a second, by a thread of the run.
  void watch(const LiveFile& file, const run::Progress& progress, run::StopRequest& stop) {
    for (const run::StageCounters& stage : progress.stages)
      if (stage.stage == file.stage && stage.fraction >= 0) {
        earlier_.reset();
        tell_service(stage.text);
      }
    if (!at_work_) service_.alive("beginning");  // what it needs is read, which takes its time
    if (reload_.exchange(false) && next_ == nullptr) reload();
    stop.level = std::max<int>(asked_.level, next_ == nullptr ? 0 : 1);
    if (asked_.level > 0 && !std::exchange(stopping_, true)) service_.stopping();
  }

  /// A stage that hangs says nothing new, and is not alive.
  void tell_service(const std::string& text) {
    if (stopping_) return;
    if (!at_work_)
      service_.ready(text);
    else if (text != *at_work_)
      service_.alive(text);
    at_work_ = text;
  }

  void reload() {
    try {
      next_ = load(arguments_);
      service_.reloading();
      display_.info(arguments_.verb, "the file was read again: it begins anew");
    } catch (const definition::DefinitionError& error) {
      std::cerr << error.what() << std::flush;
    } catch (const std::exception& error) {
      print_error(error.what());
    }
    if (next_ == nullptr) display_.warn(arguments_.verb, "the file before stays in force");
  }

  const Arguments& arguments_;
  const run::StopRequest& asked_;
  std::atomic<bool>& reload_;
  ProgressDisplay display_{false};
  std::unique_ptr<LiveFile> next_;     ///< that was read again, and follows
  std::unique_ptr<LiveFile> earlier_;  ///< until its successor is at work
  ServiceManager service_;
  std::optional<std::string> at_work_;  ///< what the stage said last
  bool stopping_ = false;
};

}  // namespace

int live(const Arguments& arguments) {
  log_to_stderr();
  LiveRuns runs(arguments);
  reload_by_signal() = false;  // it is read now
  return runs.run(load(arguments));
}

}  // namespace ipet::cli
