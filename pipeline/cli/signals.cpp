#include "pipeline/cli/signals.hpp"

#include <atomic>
#include <csignal>
#include <string_view>

#include <unistd.h>

#include "pipeline/cli/command_line.hpp"
#include "pipeline/run/run_folder.hpp"

namespace ipet::cli {
namespace {

run::StopRequest stop;
std::atomic<bool> verb_is_known{false}, run_begun{false}, is_live{false}, hung_up{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "signal handlers may use lock-free atomics only");

[[noreturn]] void end_at_once(std::string_view text) {
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(interrupted);
}
constexpr std::string_view before_a_run = "interrupted before a run began: nothing was written\n";

extern "C" void ask_to_stop(int signal) {
  if (signal == SIGHUP) {
    hung_up = true;
    if (!verb_is_known || is_live) return;
  }
  if (!run_begun) end_at_once(before_a_run);
  int level = 0;
  if (stop.level.compare_exchange_strong(level, 1) || signal == SIGHUP) return;
  level = 1;
  if (stop.level.compare_exchange_strong(level, 2)) return;
  run::abandon_run_folder();
  end_at_once(
      "\nstopped at once: no result is half written; the next run removes temporary files, and finishes "
      "the naming of results where it had begun\n");
}

}  // namespace

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
}

const run::StopRequest& stop_run_by_signals() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  run_begun = true;
  return stop;
}

void know_verb(bool live) {
  is_live = live;
  verb_is_known = true;
  if (hung_up && !live) end_at_once(before_a_run);
}

std::atomic<bool>& reload_by_signal() {
  return hung_up;
}

}  // namespace ipet::cli
