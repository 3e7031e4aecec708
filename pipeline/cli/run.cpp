#include <iostream>
#include <optional>
#include <set>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/made_component.hpp"
#include "pipeline/cli/progress.hpp"
#include "pipeline/cli/signals.hpp"
#include "pipeline/cli/stage_table.hpp"
#include "pipeline/cli/sweep_rest.hpp"
#include "pipeline/cli/sweep_table.hpp"
#include "pipeline/cli/terminal.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/plan/input_files.hpp"
#include "pipeline/run/execute.hpp"
#include "pipeline/run/lone_file.hpp"
#include "pipeline/run/trace.hpp"
#include "pipeline/text/printable.hpp"

namespace ipet::cli {
namespace {

/// A path within a line that is printed.
std::string shown(const std::filesystem::path& path) {
  return text::printable(path.string());
}

/// "discriminator (epoch 3/100)", of the tasks at work; else "".
std::string tasks_at_work(const run::Progress& progress) {
  std::string tasks;
  for (const run::StageCounters& stage : progress.stages) {
    if (!stage.working) continue;
    tasks += (tasks.empty() ? "" : ", ") + stage.stage + (stage.text.empty() ? "" : " (" + stage.text + ")");
  }
  return tasks;
}

/// What a stop request waits for, and what the next Ctrl-C does. `level` as in StopRequest.
std::string stop_text(const run::Progress& progress, int level) {
  const std::string tasks = tasks_at_work(progress);
  const std::string ends = ". Ctrl-C once more ends the process";
  if (progress.phase == run::Phase::naming)
    return "the results are complete and get their names, which is finished first" +
           (level > 1 ? ends : std::string());
  if (level > 1)
    return (progress.phase == run::Phase::commits ? "cancelled: the results are given up, earlier ones stay"
            : tasks.empty()                       ? "cancelled: nothing more is read or kept"
                                                  : "cancelled: nothing is kept of " + tasks) +
           ends;
  if (progress.phase == run::Phase::commits && progress.stops_writing)
    return "writing stops: what is being computed for it is given up, and an earlier result stays. Ctrl-C "
           "once more cancels at once, a third time ends the process";
  if (progress.phase == run::Phase::commits)
    return "the results are being written, which is finished first. Ctrl-C once more gives them up and "
           "leaves earlier ones, a third time ends the process";
  return (tasks.empty() ? "reading stops, and what was read is finished" : "stopping " + tasks) +
         ". Ctrl-C once more cancels at once, a third time ends the process";
}

run::Result execute(const plan::Plan& plan, const run::RunFacts& facts, const run::StopRequest& stop,
                    run::Trace* trace) {
  ProgressDisplay display(::isatty(STDERR_FILENO) == 1);
  run::Observer observer;
  int said = 0;  // the progress thread alone uses it
  observer.progress = [&](const run::Progress& progress) {
    if (const int level = stop.level; level > said) {
      display.warn("run", "interrupted: " + stop_text(progress, level));
      said = level;
    }
    display.show(progress);
  };
  observer.info = [&](const std::string& stage, const std::string& text) { display.info(stage, text); };
  observer.warn = [&](const std::string& stage, const std::string& text) { display.warn(stage, text); };
  observer.part = [&](const std::string& text) { display.info("run", text); };
  observer.trace = trace;
  return run::execute(plan, facts, observer, stop);
}

/// Whether stages have kept something there that a later run goes on from.
bool has_checkpoints(const std::filesystem::path& output) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(output / "checkpoints", error), end;
       !error && at != end; at.increment(error))
    if (at->is_regular_file(error)) return true;
  return false;
}

/// What stages say that the next run begins with; "" where they say nothing.
std::string resume_points(const plan::Plan& plan, const run::Result& result, bool fresh) {
  std::string points;
  for (const run::StageCounters& stage : result.counters)
    if (!stage.resume_point.empty())
      points += (points.empty() ? "" : "; ") + stage.stage + ": " + stage.resume_point;
  if (points.empty() && !fresh && has_checkpoints(plan.run.output))
    points = "it begins anew, and training goes on from those checkpoints in " +
             shown(plan.run.output / "checkpoints") + " that are of the same options and inputs";
  return points;
}

/// How to go on after an interrupted run.
std::string next_step(const plan::Plan& plan, const run::Result& result, bool fresh) {
  const std::string points = resume_points(plan, result, fresh);
  if (points.empty()) return "to go on, run the same command again: it begins anew";
  return std::string("to go on, run the same command again") + (fresh ? " without --fresh: " : ": ") + points;
}

/// Where the results of an interrupted run are. What stages made for later ones has its name at once.
std::string what_is_there(const run::Result& result) {
  if (result.committed) return "what is complete in ";
  if (result.published.empty()) return "nothing new in ";
  std::string names;
  for (std::size_t i = 0; i < result.published.size(); ++i)
    names += (i == 0 ? "" : i + 1 == result.published.size() ? " and " : ", ") + shown(result.published[i]);
  return "only " + names + (result.published.size() == 1 ? " is" : " are") + " new in ";
}

void say_end(const plan::Plan& plan, const run::Result& result) {
  std::cerr << plan.name << (result.interrupted ? ": interrupted after " : ": done in ")
            << duration_text(result.seconds) << (result.made.empty() ? "" : ": ")
            << run::made_text(result.made) << "; "
            << (result.interrupted ? what_is_there(result) : "results in ") << shown(plan.run.output) << "\n";
  if (const std::string fault = output_fault(std::cout); !fault.empty() && !result.printed.empty())
    std::cerr << plan.name << ": standard output " << fault
              << ": what was to be shown there is in the results\n";
}

/// Seconds: of a run that ends sooner nobody asks which stage takes its time.
constexpr double shortest_told = 1;

/// `result`: of a run that did not fail.
ExitCode run_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, const plan::Plan& plan,
                  const run::StopRequest& stop, run::Result& result, run::Trace* trace = nullptr) {
  const run::RunFacts facts{
      arguments.command_line,
      IPET_VERSION,
      catalog.records(),
      [&catalog](const TypeName& interface, const std::string& name, const std::string& options) {
        return made_component(catalog, interface, name, options);
      },
      [&catalog] { return catalog.records(); },
      arguments.fresh};
  try {
    result = execute(plan, facts, stop, trace);
  } catch (const run::OutputError& error) {
    print_error(error.what());
    return definition_wrong;
  } catch (const run::StageError& error) {
    // Where an input was wanting, the place and what was meant say more than the stage can.
    Problems inputs;
    plan::check_inputs(plan, catalog, inputs);
    print_error(error.what());
    std::cerr << definition::format_problems(inputs, "note");
    return stage_failed;
  }
  for (std::size_t i = 0; i < result.printed.size(); ++i) {
    const std::string& text = result.printed[i];
    std::cout << (i > 0 && !text.starts_with('\n') ? "\n" : "") << text
              << (text.empty() || text.back() != '\n' ? "\n" : "");
  }
  std::cout << std::flush;
  if (result.seconds >= shortest_told) std::cerr << "\n" << stage_table(result.counters) << "\n";
  spdlog::info("run: at most {} in flight", bytes_text(result.peak_bytes_in_flight));
  say_end(plan, result);
  return result.interrupted ? interrupted : done;
}

/// The table of all points, on standard output and, when all are complete, in a file. `why`: it is not
/// complete.
ExitCode show_table(const SweepTable& table, const run::LoneFile& file, const std::string& why) {
  if (table.empty()) return done;
  std::cout << "\n" << table.text() << std::flush;
  if (!why.empty()) {
    std::cerr << "this table is not written to " << shown(file.name()) << ": " << why << "\n";
    return done;
  }
  try {
    if (const std::string said = file.write(table.csv()); !said.empty()) spdlog::info("sweep: {}", said);
  } catch (const std::exception& error) {
    print_error(error.what());
    return stage_failed;
  }
  std::cerr << "the table of all runs is in " << shown(file.name()) << "\n";
  return done;
}

/// Refused before anything runs.
std::optional<run::LoneFile> make_file(const std::filesystem::path& name) {
  try {
    return run::LoneFile(name);
  } catch (const std::exception& error) {
    print_error(error.what());
    return std::nullopt;
  }
}

/// One run after the other. One that fails does not keep the others from running.
ExitCode run_sweep(const Arguments& arguments, catalog::PluginCatalog& catalog, const LoadedSweep& sweep,
                   const run::StopRequest& stop) {
  const std::vector<definition::SweepPoint>& points = sweep.points;
  Problems problems, warnings = sweep.warnings;
  const std::vector<plan::Plan> plans = plan_points(arguments, catalog, sweep, problems, warnings);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  std::cerr << definition::format_problems(warnings, "warning");
  const std::optional<run::LoneFile> file = make_file(sweep.folder / "sweep.csv");
  if (!file) return stage_failed;
  SweepTable table(points);
  std::set<std::size_t> failed;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    std::cout << (i > 0 ? "\n" : "") << "== " << points[i].name << " (" << i + 1 << " of " << plans.size()
              << ")\n"
              << std::flush;
    run::Result result;
    const ExitCode code = run_plan(arguments, catalog, plans[i], stop, result);
    if (code == interrupted) {
      (void)show_table(table, *file, "the sweep was interrupted");
      say_rest(points, i, failed, resume_points(plans[i], result, arguments.fresh), arguments.fresh);
      return code;
    }
    if (code == done) {
      table.add(i, result);
    } else {
      table.add_failed(i);
      failed.insert(i);
    }
  }
  const ExitCode told = show_table(table, *file, failed.empty() ? "" : "not all runs are complete");
  if (failed.empty()) return told;
  std::string names;
  for (const std::size_t i : failed) names += (names.empty() ? "" : "; ") + points[i].name;
  std::cerr << "error: these runs of the sweep failed: " << names << "\n";
  return stage_failed;
}

/// Of a run that failed or was interrupted as well.
ExitCode write_trace(const run::Trace& trace, const plan::Plan& plan, const run::LoneFile& file) {
  std::vector<std::string> names;
  for (const plan::PlannedStage& stage : plan.stages)
    names.push_back(stage.id +
                    (stage.id == stage.description->name ? "" : " (" + stage.description->name + ")"));
  try {
    if (const std::string said = file.write(trace.json(names)); !said.empty())
      spdlog::info("trace: {}", said);
  } catch (const std::exception& error) {
    print_error(error.what());
    return stage_failed;
  }
  if (trace.left_out() > 0)
    spdlog::warn("trace: {} slices found no room: it has what ran before", trace.left_out());
  spdlog::info("trace: {}, to be opened in https://ui.perfetto.dev", shown(file.name()));
  return done;
}

/// --sweep without a sweep, or a sweep on the command line without --sweep; else "".
std::string sweep_mistake(const Arguments& arguments, const LoadedSweep& sweep) {
  const std::string file = shown(arguments.file);
  if (arguments.sweep && !arguments.trace.empty())
    return "error: --trace: a trace is of one run\n      | leave --sweep out, and --set what the run is to "
           "have\n";
  if (arguments.sweep && sweep.points.empty())
    return "error: --sweep: " + file +
           " has no [sweep]\n      | --set 'sweep.NAME=[VALUE, VALUE]' makes one\n";
  if (arguments.sweep && sweep.points.front().name.empty())
    return "error: --sweep: each axis of the [sweep] of " + file +
           " has one value by --set, so that there is one run\n      | leave --sweep out, or --set "
           "'sweep.NAME=[VALUE, VALUE]' for more\n";
  if (arguments.sweep || sweep.points.empty()) return {};
  for (const std::string& text : arguments.set)
    if (text.starts_with("sweep."))
      return "--set " + text::shown(text) +
             ": error[override]: a sweep is given, but not asked for\n      | add --sweep\n";
  return {};
}

}  // namespace

int run(const Arguments& arguments) {
  catalog::PluginCatalog catalog(plugin_path(arguments));
  Problems problems;
  const LoadedSweep sweep = load_sweep(arguments, catalog, problems);
  if (const std::string mistake = problems.empty() ? sweep_mistake(arguments, sweep) : ""; !mistake.empty()) {
    std::cerr << mistake;
    return definition_wrong;
  }
  if (arguments.sweep) {
    if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
    log_to_stderr();
    return run_sweep(arguments, catalog, sweep, stop_run_by_signals());
  }
  if (problems.empty() && !sweep.without_sweep.empty())
    throw definition::DefinitionError(sweep.without_sweep);
  const plan::Plan plan = checked_plan(arguments, catalog, std::move(problems));
  log_to_stderr();
  const run::StopRequest& stop = stop_run_by_signals();
  if (!sweep.points.empty())
    spdlog::info("this is one run; --sweep makes the {} of [sweep]",
                 sweep.points.size() == 1 ? "run" : std::to_string(sweep.points.size()) + " runs");
  run::Result result;
  run::Trace trace;
  const std::optional<run::LoneFile> trace_file =
      arguments.trace.empty() ? std::nullopt : make_file(arguments.trace);
  if (!arguments.trace.empty() && !trace_file) return stage_failed;
  ExitCode code = run_plan(arguments, catalog, plan, stop, result, trace_file ? &trace : nullptr);
  if (trace_file)
    if (const ExitCode wrote = write_trace(trace, plan, *trace_file); code == done) code = wrote;
  if (code == interrupted) std::cerr << plan.name << ": " << next_step(plan, result, arguments.fresh) << "\n";
  return code;
}

}  // namespace ipet::cli
