#include "stages/plots/gnuplot.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/text/printable.hpp"

namespace ipet::plots {
namespace {

constexpr const char* missing =
    "gnuplot draws the plots and is not on the PATH; install it (Debian: apt-get install gnuplot-nox)";

[[noreturn]] void fail(const std::string& what, int error) {
  throw PlotError("gnuplot: " + what + ": " + std::generic_category().message(error));
}

/// A file in memory: a child that ends early breaks no pipe, and nobody waits for anybody to read.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : descriptor_(::memfd_create(name, MFD_CLOEXEC)) {
    if (descriptor_ < 0) fail("no memory file", errno);
  }
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  [[nodiscard]] int descriptor() const { return descriptor_; }

  void fill(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t done = ::write(descriptor_, text.data(), text.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) fail("writing the script", errno);
      text.remove_prefix(static_cast<std::size_t>(done));
    }
    ::lseek(descriptor_, 0, SEEK_SET);
  }

  [[nodiscard]] std::string text() const {
    std::string text(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(descriptor_, 0, SEEK_END))), '\0');
    std::size_t have = 0;
    while (have < text.size()) {
      const ssize_t done =
          ::pread(descriptor_, text.data() + have, text.size() - have, static_cast<off_t>(have));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) fail("reading what it drew", done < 0 ? errno : EIO);
      have += static_cast<std::size_t>(done);
    }
    return text;
  }

 private:
  int descriptor_;
};

/// The streams of the child.
class Streams {
 public:
  Streams(const MemoryFile& in, const MemoryFile& out, const MemoryFile& errors) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, in.descriptor(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, out.descriptor(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, errors.descriptor(), STDERR_FILENO);
  }
  Streams& operator=(Streams&&) = delete;
  ~Streams() { ::posix_spawn_file_actions_destroy(&actions_); }

  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// Ours, but for what changes how numbers and messages are written.
std::vector<std::string> environment() {
  std::vector<std::string> variables = {"LC_ALL=C"};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("LC_") && !text.starts_with("LANG") && !text.starts_with("GNU"))
      variables.emplace_back(text);
  }
  return variables;
}

/// In a process group of its own: Ctrl-C on the terminal is for us, who finish what is being written. SIGPIPE
/// is as usual again.
class OwnGroup {
 public:
  OwnGroup() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  }
  OwnGroup& operator=(OwnGroup&&) = delete;
  ~OwnGroup() { ::posix_spawnattr_destroy(&attributes_); }

  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

pid_t start(const Streams& streams) {
  std::vector<std::string> variables = environment();
  std::vector<char*> pointers;
  for (std::string& variable : variables) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  std::string program = "gnuplot", defaults = "-d", from_input = "-";
  char* arguments[] = {program.data(), defaults.data(), from_input.data(), nullptr};
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, program.c_str(), streams.get(), OwnGroup().get(), arguments, pointers.data());
  if (error == ENOENT) throw PlotError(missing);
  if (error != 0) fail("cannot be started", error);
  return child;
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("lost", errno);
  return status;
}

/// gnuplot leaves '>' as it is, which XML forbids behind "]]" (XML 1.0, section 2.4).
std::string well_formed(std::string svg) {
  constexpr std::string_view end = "]]>", instead = "]]&gt;";
  for (std::size_t at = 0; (at = svg.find(end, at)) != std::string::npos; at += instead.size())
    svg.replace(at, end.size(), instead);
  return svg;
}

/// Nothing where `begin` is no place.
bool erase_element(std::string& svg, std::size_t begin, std::string_view element_end) {
  const std::size_t end = svg.find(element_end, begin);
  if (begin == std::string::npos || end == std::string::npos) return false;
  svg.erase(begin, end + element_end.size() - begin);
  return true;
}

/// Text of an element (XML 1.0, section 2.4).
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text::printable(text)) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else
      result += c;
  }
  return result;
}

/// With the picture's own title instead of the program's, without those of its parts ("gnuplot_plot_1"),
/// which browsers show under the pointer, and without the terminal's version.
std::string titled(std::string svg, const std::string& title) {
  (void)erase_element(svg, svg.find("<desc>"), "</desc>");
  constexpr std::string_view own = "<title>Gnuplot</title>", part = "<title>gnuplot_plot_";
  for (std::size_t at = 0; (at = svg.find(part, at)) != std::string::npos;)
    if (!erase_element(svg, at, "</title>")) ++at;
  if (const std::size_t at = svg.find(own); at != std::string::npos)
    svg.replace(at, own.size(), "<title>" + escaped(title) + "</title>");
  return svg;
}

}  // namespace

std::string obstacle_to_drawing() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((std::filesystem::path(folder) / "gnuplot").c_str(), X_OK) == 0) return {};
  return missing;
}

std::string run_gnuplot(const std::string& script) {
  const MemoryFile in("script"), out("picture"), errors("errors");
  in.fill(script);
  const int status = status_of(start(Streams(in, out, errors)));
  if (status == 0) return out.text();
  std::string said = errors.text();
  while (!said.empty() && said.back() == '\n') said.pop_back();
  const std::string how = WIFSIGNALED(status) ? "ended by signal " + std::to_string(WTERMSIG(status))
                                              : "exit status " + std::to_string(WEXITSTATUS(status));
  throw PlotError("gnuplot failed (" + how + "): " + said);
}

std::string draw_svg(const std::string& script, int width, int height, const std::string& title) {
  const std::string terminal =
      "set encoding utf8\nset terminal svg noenhanced size " + std::to_string(width) + "," +
      std::to_string(height) +
      " font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background rgb 'white' linewidth 1\n";
  return titled(well_formed(run_gnuplot(terminal + script)), title);
}

}  // namespace ipet::plots
