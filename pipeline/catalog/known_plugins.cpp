#include "pipeline/catalog/known_plugins.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ipet::catalog {
namespace {

namespace fs = std::filesystem;

// Kinds of lines that are about no plugin of that name.
constexpr const char *formerly = "formerly", *verb = "verb";

/// So many fields; those that the line lacks are empty.
template <std::size_t n>
std::array<std::string, n> fields_of(const std::string& line) {
  std::array<std::string, n> fields;
  std::istringstream text(line);
  for (std::string& field : fields) std::getline(text, field, '\t');
  return fields;
}

/// Reads a line of name, kind, purpose, and what it lacks.
KnownPlugin parse(const std::string& line) {
  auto [name, kind, about, lack] = fields_of<4>(line);
  return {std::move(name), std::move(kind), std::move(about), false, std::move(lack)};
}

}  // namespace

std::vector<KnownPlugin> known_plugins(const fs::path& folder) {
  std::map<std::string, KnownPlugin> known;
  std::ifstream file(folder / "known.tsv");
  for (std::string line; std::getline(file, line);)
    if (KnownPlugin plugin = parse(line);
        !plugin.name.empty() && plugin.kind != formerly && plugin.kind != verb)
      known[plugin.name] = std::move(plugin);
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (i->path().extension() != ".so") continue;
    KnownPlugin& plugin = known[i->path().stem().string()];
    plugin.name = i->path().stem().string();
    plugin.is_built = true;
    plugin.lack.clear();
  }
  std::vector<KnownPlugin> out;
  for (auto& [name, plugin] : known) out.push_back(std::move(plugin));
  return out;
}

std::string present_name(const fs::path& folder, const std::string& name) {
  std::ifstream file(folder / "known.tsv");
  for (std::string line; std::getline(file, line);)
    if (const KnownPlugin plugin = parse(line); plugin.name == name && plugin.kind == formerly)
      return plugin.about;
  return "";
}

std::vector<VerbDescription> known_verbs(const fs::path& folder) {
  std::vector<VerbDescription> out;
  std::ifstream file(folder / "known.tsv");
  for (std::string line; std::getline(file, line);)
    if (const KnownPlugin plugin = parse(line); plugin.kind == verb)
      out.push_back({plugin.name, "", plugin.about});
  return out;
}

std::vector<UsedLibrary> used_libraries(const fs::path& folder) {
  std::vector<UsedLibrary> out;
  std::ifstream file(folder / "libraries.tsv");
  for (std::string line; std::getline(file, line);) {
    auto [name, version, package, library, users] = fields_of<5>(line);
    out.push_back(
        {std::move(name), std::move(version), std::move(package), std::move(library), std::move(users)});
  }
  return out;
}

const char* launcher() {
  const char* program = std::getenv("IPET_LAUNCHER");
  return program != nullptr && *program != '\0' ? program : nullptr;
}

std::string build_plugins(const std::vector<std::string>& names) {
  if (launcher() == nullptr) return "it is not built; to build it: ./ipet build " + names.front();
  std::vector<std::string> command = {launcher(), "build"};
  command.insert(command.end(), names.begin(), names.end());
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  // A capture can come through standard input, and a run ignores SIGPIPE: neither is the child's.
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  ::posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t as_usual;
  ::sigemptyset(&as_usual);
  ::sigaddset(&as_usual, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &as_usual);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int fault = ::posix_spawn(&child, launcher(), &streams, &attributes, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&streams);
  ::posix_spawnattr_destroy(&attributes);
  if (fault != 0)
    return "it is not built, and IPET_LAUNCHER (" + command[0] + ") cannot be run: " + std::strerror(fault);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return "building it failed; what went wrong stands above";
}

}  // namespace ipet::catalog
