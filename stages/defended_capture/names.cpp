#include "stages/defended_capture/names.hpp"

#include <map>
#include <stdexcept>

namespace ipet::defended_capture {

namespace {

namespace fs = std::filesystem;

fs::path absolute(const std::string& recording) {
  fs::path path = fs::absolute(recording).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

fs::path common_folder(const std::vector<fs::path>& paths) {
  fs::path common = paths.front().parent_path();
  for (const fs::path& path : paths) {
    fs::path shared;
    const fs::path folder = path.parent_path();
    for (auto a = common.begin(), b = folder.begin(); a != common.end() && b != folder.end() && *a == *b;
         ++a, ++b)
      shared /= *a;
    common = shared;
  }
  return common;
}

/// Without what says how the recording is packed.
std::string bare(std::string name) {
  const auto strip = [&name](std::initializer_list<std::string_view> endings) {
    for (const std::string_view ending : endings) {
      if (name.size() <= ending.size() || !name.ends_with(ending)) continue;
      return name.resize(name.size() - ending.size());
    }
  };
  strip({".gz", ".zst"});
  strip({".pcap", ".pcapng", ".cap"});
  return name;
}

}  // namespace

std::vector<fs::path> output_names(const std::vector<std::string>& recordings) {
  if (recordings.empty()) return {};
  std::vector<fs::path> paths, names;
  for (const std::string& recording : recordings) paths.push_back(absolute(recording));
  const fs::path common = common_folder(paths);
  std::map<fs::path, int> wanted;
  for (const fs::path& path : paths) {
    const fs::path relative = path.lexically_relative(common);
    names.push_back(relative.parent_path() / (bare(relative.filename().string()) + ".pcap"));
    ++wanted[names.back()];
  }
  std::map<fs::path, std::string> taken;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (wanted[names[i]] > 1) names[i] = paths[i].lexically_relative(common).string() + ".pcap";
    const auto [other, is_free] = taken.emplace(names[i], recordings[i]);
    if (!is_free)
      throw std::runtime_error("recordings '" + other->second + "' and '" + recordings[i] +
                               "' would both be written as " + names[i].string());
  }
  return names;
}

}  // namespace ipet::defended_capture
