#include <atomic>
#include <csignal>
#include <iostream>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/progress.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/definition/toml_reader.hpp"
#include "pipeline/run/execute.hpp"

namespace ipet::cli {
namespace {

std::atomic<run::StopRequest*> stop_target{nullptr};
static_assert(std::atomic<run::StopRequest*>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "signal handlers may use lock-free atomics only");

extern "C" void ask_to_stop(int) {
  run::StopRequest* stop = stop_target.load();
  if (stop == nullptr) return;
  int level = 0;
  // First signal: drain; second and later: cancel.
  if (!stop->level.compare_exchange_strong(level, 1)) stop->level.store(2);
}

/// Ctrl-C and SIGTERM set the stop request while this lives.
class SignalGuard {
 public:
  explicit SignalGuard(run::StopRequest& stop) {
    stop_target = &stop;
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, &old_int_);
    ::sigaction(SIGTERM, &action, &old_term_);
  }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
  ~SignalGuard() {
    ::sigaction(SIGINT, &old_int_, nullptr);
    ::sigaction(SIGTERM, &old_term_, nullptr);
    stop_target = nullptr;
  }

 private:
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
};

void log_to_stderr() {
  auto logger = spdlog::stderr_color_mt("ipet");
  logger->set_pattern("%H:%M:%S %^%l%$ %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

run::Result execute(const plan::Plan& plan, const run::RunFacts& facts) {
  run::StopRequest stop;
  const SignalGuard signals(stop);
  ProgressDisplay display(::isatty(STDERR_FILENO) == 1);
  run::Observer observer;
  bool said = false;  // the progress thread alone uses it
  observer.progress = [&](const run::Progress& progress) {
    if (stop.level > 0 && !said) {
      display.warn("run", "interrupted: reading stops, what was read is finished; once more cancels at once");
      said = true;
    }
    display.show(progress);
  };
  observer.info = [&](const std::string& stage, const std::string& text) { display.info(stage, text); };
  observer.warn = [&](const std::string& stage, const std::string& text) { display.warn(stage, text); };
  return run::execute(plan, facts, observer, stop);
}

/// StageContext::component.
std::shared_ptr<const void> make_component(catalog::PluginCatalog& catalog, const TypeName& interface,
                                           const std::string& name, const std::string& options) {
  Problems problems;
  const auto check = [&] {
    if (!problems.empty()) throw std::runtime_error(problems.front().message);
  };
  const ComponentDescription* found = catalog.find_component(interface, name, {}, problems);
  check();
  const std::optional<Value> table = definition::parse_toml_value(options.empty() ? "{}" : options);
  if (!table)
    throw std::runtime_error(interface.name + " '" + name + "': its options are no TOML: " + options);
  const Options parsed = found->options.parse(*table, interface.name + " '" + name + "'", catalog, problems);
  check();
  return found->create(parsed.get());
}

ExitCode run_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, const plan::Plan& plan) {
  const run::RunFacts facts{
      arguments.command_line,
      IPET_VERSION,
      catalog.records(),
      [&catalog](const TypeName& interface, const std::string& name, const std::string& options) {
        return make_component(catalog, interface, name, options);
      },
      [&catalog] { return catalog.records(); },
      arguments.fresh};
  run::Result result;
  try {
    result = execute(plan, facts);
  } catch (const run::StageError& error) {
    std::cerr << "error: " << error.what() << "\n";
    return stage_failed;
  }
  for (const std::string& text : result.printed) {
    std::cout << text << (text.empty() || text.back() != '\n' ? "\n" : "");
  }
  std::cout << std::flush;
  std::cerr << plan.name << (result.interrupted ? ": interrupted after " : ": done in ")
            << duration_text(result.seconds) << ", at most " << bytes_text(result.peak_bytes_in_flight)
            << " in flight, results in " << plan.run.output.string() << "\n";
  return result.interrupted ? interrupted : done;
}

/// One run after the other. One that fails does not keep the others from running.
ExitCode run_sweep(const Arguments& arguments, catalog::PluginCatalog& catalog,
                   const std::vector<definition::SweepPoint>& points) {
  Problems problems;
  const std::vector<plan::Plan> plans = plan_points(arguments, catalog, points, problems);
  if (!problems.empty()) throw definition::DefinitionError(std::move(problems));
  std::string failed;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    std::cout << (i > 0 ? "\n" : "") << "== " << points[i].name << " (" << i + 1 << " of " << plans.size()
              << ")\n"
              << std::flush;
    const ExitCode code = run_plan(arguments, catalog, plans[i]);
    if (code == interrupted) return code;
    if (code != done) failed += (failed.empty() ? "" : "; ") + points[i].name;
  }
  if (failed.empty()) return done;
  std::cerr << "error: these runs of the sweep failed: " << failed << "\n";
  return stage_failed;
}

}  // namespace

int run(const Arguments& arguments) {
  catalog::PluginCatalog catalog = make_catalog(arguments);
  const LoadedPlan loaded = checked_plan(arguments, catalog);
  if (arguments.sweep && loaded.points.empty()) {
    std::cerr << "error: --sweep: " << arguments.file.string() << " has no [sweep]\n";
    return definition_wrong;
  }
  log_to_stderr();
  if (arguments.sweep) return run_sweep(arguments, catalog, loaded.points);
  if (!loaded.points.empty())
    spdlog::info("this is one run; --sweep makes the {} runs of [sweep]", loaded.points.size());
  return run_plan(arguments, catalog, loaded.plan);
}

}  // namespace ipet::cli
