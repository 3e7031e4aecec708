#include "stages/defended_capture/output_names.hpp"

#include <map>
#include <stdexcept>

namespace ipet::defended_capture {

namespace {

namespace fs = std::filesystem;

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
  std::vector<fs::path> names;
  std::map<fs::path, int> wanted;
  for (const std::string& recording : recordings) {
    const fs::path path = fs::path(recording).lexically_normal().relative_path();
    if (path.empty() || *path.begin() == "..")
      throw std::runtime_error("recording '" + recording + "' would be written outside the output folder");
    names.push_back(path.parent_path() / (bare(path.filename().string()) + ".pcap"));
    ++wanted[names.back()];
  }
  std::map<fs::path, std::string> taken;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (wanted[names[i]] > 1) names[i] = recordings[i] + ".pcap";
    const auto [other, is_free] = taken.emplace(names[i], recordings[i]);
    if (!is_free)
      throw std::runtime_error("recordings '" + other->second + "' and '" + recordings[i] +
                               "' would both be written as " + names[i].string());
  }
  return names;
}

}  // namespace ipet::defended_capture
