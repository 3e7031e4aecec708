// What signals mean to `ipet run`.
#pragma once

#include "pipeline/run/execute.hpp"

namespace ipet::cli {

/// From now on to the end of the process: the first SIGINT (Ctrl-C) or SIGTERM sets level 1 of the stop
/// request that this returns, the second one level 2, and a third one ends the process at once with exit code
/// 130, whatever its threads wait for. SIGHUP sets level 1 and no more: when a terminal closes, several come.
/// Signals that the process was started with ignored (nohup, a shell's background jobs) stay ignored. SIGPIPE
/// is ignored: a closed standard output makes writing to it fail, and ends nothing. Call once.
const run::StopRequest& handle_signals();

}  // namespace ipet::cli
