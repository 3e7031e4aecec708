#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "stages/synthesis/traffic_synthesizer.hpp"

namespace ipet::synthesis::test {

inline const std::filesystem::path shipped_home = IPET_SOURCE_DIR "/datasets/synthetic-home/home.toml";

/// A fresh folder that goes away with the object.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ipet-synthesis-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline SynthesisResult make(const Folder& folder, std::uint64_t seed = 20, std::uint32_t captures = 1,
                            double duration_seconds = 600, std::uint32_t snaplen = 0) {
  TrafficSynthesizerOptions options;
  options.folder = folder.path;
  options.seed = seed;
  options.captures = captures;
  options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(duration_seconds * 1e9));
  options.snaplen = snaplen;
  options.start = parse_time("2026-03-02T18:00:00Z").value();
  return synthesise(read_home(shipped_home), options, [](double, std::string_view) {});
}

inline bool have_tshark() {
  return std::filesystem::exists("/usr/bin/tshark");
}

/// Lines that tshark prints.
inline std::vector<std::string> tshark(const std::filesystem::path& file, const std::string& arguments) {
  const std::string command = "/usr/bin/tshark -r '" + file.string() + "' " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  while (std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), got);
  pclose(pipe);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (!line.starts_with("Running as user")) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

}  // namespace ipet::synthesis::test
