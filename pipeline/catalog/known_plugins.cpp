#include "pipeline/catalog/known_plugins.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ipet::catalog {
namespace {

namespace fs = std::filesystem;

KnownPlugin parse(const std::string& line) {
  const std::size_t kind = line.find('\t');
  const std::size_t about = kind == std::string::npos ? kind : line.find('\t', kind + 1);
  if (about == std::string::npos) return {line.substr(0, kind), "", ""};
  return {line.substr(0, kind), line.substr(kind + 1, about - kind - 1), line.substr(about + 1)};
}

}  // namespace

std::vector<KnownPlugin> unbuilt_plugins(const fs::path& folder) {
  std::vector<KnownPlugin> out;
  std::ifstream file(folder / "known.tsv");
  std::error_code error;
  for (std::string line; std::getline(file, line);) {
    KnownPlugin known = parse(line);
    if (!known.name.empty() && !fs::exists(folder / (known.name + ".so"), error))
      out.push_back(std::move(known));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

std::string build_plugin(const std::string& name) {
  const char* launcher = std::getenv("IPET_LAUNCHER");
  if (launcher == nullptr || *launcher == '\0') return "it is not built; to build it: ./ipet build " + name;
  std::string program = launcher, verb = "build", plugin = name;
  char* const words[] = {program.data(), verb.data(), plugin.data(), nullptr};
  pid_t child = 0;
  const int fault = ::posix_spawn(&child, launcher, nullptr, nullptr, words, environ);
  if (fault != 0)
    return "it is not built, and IPET_LAUNCHER (" + program + ") cannot be run: " + std::strerror(fault);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return "building it failed; what went wrong stands above";
}

}  // namespace ipet::catalog
