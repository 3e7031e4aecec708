#include "stages/storage/walk.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stages/storage/walk_hdf5/answers.hpp"
#include "stages/traffic/value_text.hpp"

extern char** environ;

namespace ipet::storage {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// "30 s", "0.25 s".
std::string seconds(std::chrono::milliseconds time) {
  return traffic::number_text(static_cast<double>(time.count()) / 1000.0) + " s";
}

/// A child in a process group of its own, so that Ctrl-C is its parent's alone. Ended with this object.
class Child {
 public:
  Child(const fs::path& program, const std::string& limit, int file, const std::string& shown) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail(shown, program, errno);
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, file, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::string name = program.string(), text = limit;
    char* arguments[] = {name.data(), text.data(), nullptr};
    const int error = ::posix_spawn(&child_, name.c_str(), &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error == 0) return;
    ::close(output_);
    fail(shown, program, error);
  }
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (child_ > 0) {
      ::kill(-child_, SIGKILL);
      (void)wait();
    }
    ::close(output_);
  }

  /// Waits until it has closed its output; false when it has not by then.
  bool finishes_by(Clock::time_point end, const std::function<void()>& while_waiting) const {
    for (;;) {
      if (while_waiting) while_waiting();
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
      if (left <= 0) return false;
      pollfd ready{output_, POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left, 200))) <= 0) continue;
      char ignored[256];
      const ssize_t got = ::read(output_, ignored, sizeof ignored);
      if (got == 0 || (got < 0 && errno != EINTR)) return true;
    }
  }
  /// Its wait status.
  int wait() {
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    return status;
  }

 private:
  [[noreturn]] static void fail(const std::string& shown, const fs::path& program, int error) {
    throw StorageError(shown + ": cannot start " + program.string() +
                       ", which looks through foreign HDF5 files: " + std::generic_category().message(error));
  }

  int output_ = -1;
  pid_t child_ = -1;
};

}  // namespace

fs::path walker_program() {
  std::error_code error;
  std::vector<fs::path> folders{fs::read_symlink("/proc/self/exe", error).parent_path()};
  Dl_info about{};
  if (::dladdr(reinterpret_cast<void*>(&walker_program), &about) != 0 && about.dli_fname != nullptr)
    folders.push_back(fs::absolute(about.dli_fname, error).parent_path());
  for (const fs::path& folder : folders) {
    for (const fs::path& in : {folder, folder.parent_path()}) {
      const fs::path program = in / "ipet-walk-hdf5";
      if (::access(program.c_str(), X_OK) == 0) return program;
    }
  }
  return {};
}

void walk_hdf5(int descriptor, std::uint64_t bytes, const std::string& shown, const Walker& walker) {
  if (walker.program.empty())
    throw StorageError(shown +
                       ": the program ipet-walk-hdf5, which looks through foreign HDF5 files, is not beside "
                       "ipet; build again");
  const std::chrono::milliseconds patience = walker.patience + std::chrono::seconds(bytes / 1'000'000'000);
  Child child(walker.program, std::to_string(patience.count() / 1000 + 1), descriptor, shown);
  const std::string damaged = shown + ": this file is damaged: HDF5 ";
  // The child counts its processor time; on a busy machine it may take several times as long.
  if (!child.finishes_by(Clock::now() + 4 * patience, walker.while_waiting))
    throw StorageError(damaged + "did not finish walking it within " + seconds(patience));
  const int status = child.wait();
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    throw StorageError(damaged + "did not finish walking it within " + seconds(patience));
  if (WIFSIGNALED(status))
    throw StorageError(damaged + "crashed in walking it (signal " + std::to_string(WTERMSIG(status)) + ", " +
                       ::strsignal(WTERMSIG(status)) + ")");
  if (WEXITSTATUS(status) == walk::out_of_memory)
    throw StorageError(damaged + "asks for more than " + std::to_string(walk::memory_mib) +
                       " MiB in walking it");
  if (WEXITSTATUS(status) != walk::done)
    throw StorageError(shown + ": " + walker.program.string() + " ended with exit code " +
                       std::to_string(WEXITSTATUS(status)));
}

}  // namespace ipet::storage
