// What signals mean while `ipet run` runs.
#pragma once

#include <csignal>
#include <iterator>

#include "pipeline/run/execute.hpp"

namespace ipet::cli {

/// While this lives: the first SIGINT (Ctrl-C) or SIGTERM sets level 1 of the stop request, the second one
/// level 2, and a third one ends the process at once with exit code 130, whatever its threads wait for.
/// SIGHUP sets level 1 and no more: when a terminal closes, several come. Signals that the process was
/// started with ignored (nohup, a shell's background jobs) stay ignored. SIGPIPE is ignored: a closed
/// standard output makes writing to it fail, and ends nothing; so it stays to the end of the process. One
/// guard at a time.
class SignalGuard {
 public:
  explicit SignalGuard(run::StopRequest& stop);
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
  ~SignalGuard();

 private:
  static constexpr int stopping[] = {SIGINT, SIGTERM, SIGHUP};

  struct sigaction before_[std::size(stopping)]{};
};

}  // namespace ipet::cli
