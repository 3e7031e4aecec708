// What signals mean to `ipet`.
#pragma once

#include <atomic>

#include "pipeline/run/execute.hpp"

namespace ipet::cli {

/// To be called first in main: SIGINT (Ctrl-C), SIGTERM and SIGHUP now end the process at once, with one line
/// and exit code 130, also while plugins and their libraries are loaded. Signals that the process was started
/// with ignored (nohup, a shell's background jobs) stay ignored. What SIGHUP means depends on the verb: it
/// waits for the next.
void handle_signals();

/// Of a live run SIGHUP asks for its file to be read again, from the start; any other verb ends with it.
void know_verb(bool live);

/// From now on to the end of the process: the first SIGINT or SIGTERM sets level 1 of the stop request that
/// this returns, the second one level 2, and a third one ends the process at once with exit code 130,
/// whatever its threads wait for. SIGHUP sets level 1 and no more: when a terminal closes, several come.
/// SIGPIPE is ignored: a closed standard output makes writing to it fail, and ends nothing.
const run::StopRequest& stop_run_by_signals();

/// Set by SIGHUP.
std::atomic<bool>& reload_by_signal();

}  // namespace ipet::cli
