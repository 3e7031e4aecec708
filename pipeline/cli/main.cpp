#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/cli/command_line.hpp"
#include "pipeline/cli/crash.hpp"
#include "pipeline/cli/signals.hpp"

namespace {

/// Where standard input, output or error is closed, the first files that are opened would take their place,
/// and what is printed would end up in a result.
void open_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY) != descriptor) ::_exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  ipet::cli::handle_signals();
  ipet::cli::report_crashes();
  return ipet::cli::command_line(argc, argv);
}
