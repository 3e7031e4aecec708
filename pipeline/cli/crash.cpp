#include "pipeline/cli/crash.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <string_view>

#include <execinfo.h>
#include <unistd.h>

#include "pipeline/catalog/library.hpp"
#include "pipeline/sdk/at_work.hpp"

namespace ipet::cli {
namespace {

struct Crash {
  int signal;
  std::string_view text;
};
constexpr std::array crashes = {
    Crash{SIGSEGV, "SIGSEGV (memory that is not there)"},
    Crash{SIGBUS, "SIGBUS (a file that became shorter, or memory that is not there)"},
    Crash{SIGFPE, "SIGFPE (division by zero)"},
    Crash{SIGILL, "SIGILL (an instruction that this processor lacks)"},
    Crash{SIGABRT, "SIGABRT (it gave up; what it said stands above)"}};

/// Of the innermost function on the stack that is a plugin's. backtrace() loads its library with the first
/// call, which report_crashes() makes: after that it allocates nothing.
const char* library_on_stack() {
  std::array<void*, 64> frames;
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 0; i < count; ++i)
    if (const char* const library = catalog::library_at(frames[static_cast<std::size_t>(i)])) return library;
  return nullptr;
}

void say(std::string_view text) {
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

/// The thread whose crash is told.
std::atomic<pid_t> teller{0};

/// Others wait meanwhile, who crash of the same: the process must not end before all is said. A crash in here
/// ends it.
bool is_first() {
  pid_t none = 0;
  const pid_t here = ::gettid();
  if (teller.compare_exchange_strong(none, here)) return true;
  while (teller.load() != here) ::pause();
  return false;
}

void say_crash(int signal) {
  say("\n");
  const char* const here = AtWork::here();
  if (here != nullptr) {
    say(here);
    say(" crashed: ");
  } else if (const char* const somewhere = AtWork::anywhere()) {
    say("a crash while ");
    say(somewhere);
    say(" was at work: ");
  } else {
    say("ipet crashed: ");
  }
  for (const Crash& crash : crashes)
    if (crash.signal == signal) say(crash.text);
  if (const char* const library = library_on_stack()) {
    say(", in the code of ");
    say(library);
  }
  say("\n");
}

extern "C" void say_whose(int signal) {
  if (is_first()) say_crash(signal);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

void report_crashes() {
  static_cast<void>(library_on_stack());
  // A stack that is full leaves no room for the handler: of this thread at least, it has another one.
  static std::array<char, 64 * 1024> other_stack;
  stack_t stack{};
  stack.ss_sp = other_stack.data();
  stack.ss_size = other_stack.size();
  ::sigaltstack(&stack, nullptr);
  for (const Crash& crash : crashes) {
    struct sigaction before {};
    ::sigaction(crash.signal, nullptr, &before);
    if (before.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_handler = say_whose;
    action.sa_flags = SA_ONSTACK;
    ::sigaction(crash.signal, &action, nullptr);
  }
}

}  // namespace ipet::cli
