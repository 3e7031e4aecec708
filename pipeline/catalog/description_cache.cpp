#include "pipeline/catalog/description_cache.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include <unistd.h>

#include "pipeline/catalog/library.hpp"
#include "pipeline/checksum/content_hash.hpp"

namespace ipet::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = 4 << 20;

std::string hash_of(const std::string& text) {
  return checksum::ContentHash().add(text).text();
}

/// The first line: of which plugin and which program the rest is, and that it is whole.
std::string first_line(const std::string& checksum, const std::string& rest) {
  static const std::string program = file_checksum("/proc/self/exe");
  return "ipet description " + hash_of(checksum + program) + " " + hash_of(rest) + "\n";
}

/// Where it may lie, the best first.
std::vector<fs::path> places_of(const fs::path& plugin) {
  std::vector<fs::path> out = {fs::path(plugin).replace_extension(".description")};
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  fs::path folder;
  if (cache != nullptr && fs::path(cache).is_absolute())
    folder = fs::path(cache) / "ipet";
  else if (home != nullptr && fs::path(home).is_absolute())
    folder = fs::path(home) / ".cache" / "ipet";
  if (!folder.empty())
    out.push_back(folder /
                  (plugin.stem().string() + "-" + hash_of(fs::absolute(plugin).string()) + ".description"));
  return out;
}

bool write(const fs::path& file, const std::string& text) {
  const std::string temporary = file.string() + "." + std::to_string(::getpid());
  std::FILE* const out = std::fopen(temporary.c_str(), "wxe");  // follows no link
  if (out == nullptr) return false;
  const bool whole = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (std::fclose(out) == 0 && whole && std::rename(temporary.c_str(), file.c_str()) == 0) return true;
  std::remove(temporary.c_str());
  return false;
}

}  // namespace

std::optional<PluginDescription> kept_description(const fs::path& plugin, const std::string& checksum) {
  for (const fs::path& place : places_of(plugin)) {
    std::error_code error;
    if (!fs::is_regular_file(place, error) || fs::file_size(place, error) > largest_file) continue;
    std::ifstream file(place, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::size_t end = text.find('\n');
    if (end == std::string::npos) continue;
    const std::string rest = text.substr(end + 1);
    if (text.compare(0, end + 1, first_line(checksum, rest)) != 0) continue;
    if (auto description = read_description(rest)) return description;
  }
  return std::nullopt;
}

void keep_description(const fs::path& plugin, const std::string& checksum,
                      const PluginDescription& description) noexcept {
  try {
    const std::string rest = text_of(description);
    const std::string text = first_line(checksum, rest) + rest;
    for (const fs::path& place : places_of(plugin)) {
      std::error_code error;
      fs::create_directories(place.parent_path(), error);
      if (write(place, text)) return;
    }
  } catch (const std::exception&) {  // it is described again next time
  }
}

}  // namespace ipet::catalog
