#include <atomic>
#include <csignal>
#include <iostream>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/progress.hpp"
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

}  // namespace

int run(const Arguments& arguments) {
  catalog::PluginCatalog catalog = make_catalog(arguments);
  const plan::Plan plan = checked_plan(arguments, catalog);
  log_to_stderr();
  const run::RunFacts facts{arguments.command_line, IPET_VERSION, catalog.records(), arguments.fresh};
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

}  // namespace ipet::cli
