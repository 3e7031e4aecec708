#include "pipeline/cli/signals.hpp"

#include <atomic>
#include <string_view>

#include <unistd.h>

#include "pipeline/cli/command_line.hpp"

namespace ipet::cli {
namespace {

std::atomic<run::StopRequest*> stop_target{nullptr};
static_assert(std::atomic<run::StopRequest*>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "signal handlers may use lock-free atomics only");

[[noreturn]] void end_at_once() {
  constexpr std::string_view text =
      "\nstopped at once: earlier results stay as they are, the next run removes temporary files\n";
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(interrupted);
}

extern "C" void ask_to_stop(int signal) {
  run::StopRequest* const stop = stop_target.load();
  if (stop == nullptr) return;
  int level = 0;
  if (stop->level.compare_exchange_strong(level, 1) || signal == SIGHUP) return;
  level = 1;
  if (!stop->level.compare_exchange_strong(level, 2)) end_at_once();
}

}  // namespace

SignalGuard::SignalGuard(run::StopRequest& stop) {
  stop_target = &stop;
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < std::size(stopping); ++i) {
    ::sigaction(stopping[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(stopping[i], &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

SignalGuard::~SignalGuard() {
  for (std::size_t i = 0; i < std::size(stopping); ++i) ::sigaction(stopping[i], &before_[i], nullptr);
  stop_target = nullptr;
}

}  // namespace ipet::cli
