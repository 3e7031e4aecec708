// The last line of a process that crashes.
#pragma once

namespace ipet::cli {

/// From now on a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) says on standard error whose code it was
/// in; then the process ends by that signal as it would have. Where something else handles a signal, a
/// sanitizer say, that stays. Call before threads are started.
void report_crashes();

}  // namespace ipet::cli
