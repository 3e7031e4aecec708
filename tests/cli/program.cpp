#include "tests/cli/program.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace program_test {
namespace {

std::string contents(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void redirect(const std::string& file, int to) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(descriptor, to);
}

/// In the child. What the tests themselves were started with ignored does not count.
void set_up(const Setting& setting) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
  for (const int signal : setting.ignored) ::signal(signal, SIG_IGN);
  if (setting.broken_pipe) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) ::_exit(98);
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
  }
  for (const int descriptor : setting.closed) ::close(descriptor);
}

bool ended(pid_t child) {
  siginfo_t information{};
  return ::waitid(P_PID, static_cast<id_t>(child), &information, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         information.si_pid == child;
}

}  // namespace

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "ipet-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for the test");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories(std::filesystem::path(path_ + "/" + name).parent_path());
  std::ofstream(path_ + "/" + name) << text;
  return name;
}

std::string toys(const std::string& folder) {
  return IPET_BINARY_DIR "/toys/" + folder;
}

namespace {

/// Starts `ipet` inside `folder`, and calls `meanwhile` with its process.
template <class Meanwhile>
Outcome start(const Folder& folder, const std::vector<std::string>& arguments, Meanwhile meanwhile,
              const std::string& elsewhere = {}, const Setting& setting = {}) {
  const Folder captured;
  const std::string out = captured.path() + "/out", error = captured.path() + "/error";
  const std::string program = IPET_BINARY_DIR "/bare/ipet";  // no plugins beside it
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    redirect(elsewhere.empty() ? out : elsewhere, STDOUT_FILENO);
    redirect(error, STDERR_FILENO);
    set_up(setting);
    if (::chdir(folder.path().c_str()) == 0) ::execv(program.c_str(), argv.data());
    ::_exit(99);
  }
  meanwhile(child);
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(error),
          WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

}  // namespace

Outcome ipet(const Folder& folder, const std::vector<std::string>& arguments) {
  return start(folder, arguments, [](pid_t) {});
}

Outcome ipet_writing_to(const std::string& out, const Folder& folder,
                        const std::vector<std::string>& arguments) {
  return start(
      folder, arguments, [](pid_t) {}, out);
}

Outcome ipet_interrupted(const Folder& folder, const std::vector<std::string>& arguments,
                         const std::string& marker) {
  return start(folder, arguments, [&](pid_t child) {
    // Ten seconds at most: then the signal comes too early, and the test fails instead of hanging.
    for (int i = 0; i < 1000 && !std::filesystem::exists(folder.path() + "/" + marker); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::kill(child, SIGINT);
  });
}

Outcome ipet_with(const Setting& setting, const Folder& folder, const std::vector<std::string>& arguments) {
  const auto meanwhile = [&](pid_t child) {
    // Ten seconds at most: then the signal comes too early, and the test fails instead of hanging.
    for (int i = 0; i < 1000 && !setting.signals.empty(); ++i) {
      if (std::filesystem::exists(folder.path() + "/begun") || ended(child)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    for (const int signal : setting.signals) {
      if (!ended(child)) ::kill(child, signal);
      for (int i = 0; i < 100 && !ended(child); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (setting.enough) folder.write("enough", "");
    // Twenty seconds at most: a process that did not end then is a failure, not a test that hangs.
    for (int i = 0; i < 2000 && !ended(child); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (!ended(child)) ::kill(child, SIGKILL);
  };
  return start(folder, arguments, meanwhile, {}, setting);
}

Outcome validate(const std::string& pipeline) {
  const Folder folder;
  folder.write("pipeline.toml", pipeline);
  return ipet(folder, {"validate", "pipeline.toml", "--plugins", toys()});
}

}  // namespace program_test
