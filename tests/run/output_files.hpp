// Runs whose sinks and tasks write files, in a folder of their own.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <stdlib.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {

namespace fs = std::filesystem;

/// A folder that goes away with the object.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "ipet-run-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path operator/(const std::string& name) const { return path / name; }
  /// All files below it, sorted, but for the record of what was made.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      const std::string name = entry.path().lexically_relative(path).string();
      if (!entry.is_directory() && entry.path().filename() != ".ipet-made.json") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  fs::path path;
};

inline std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_text(const fs::path& file, const std::string& text) {
  if (file.has_parent_path()) fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// Files of a result: name below it ("" for the result itself) to content.
using Contents = std::map<std::string, std::string>;

/// Writes temporary files beside the result and hands them over, as a stage does.
inline void hand_over(StageContext& context, const fs::path& result, const Contents& contents) {
  CompleteFiles files;
  for (const auto& [name, text] : contents) {
    const fs::path final = name.empty() ? result : result / name;
    fs::path temporary = result;
    temporary += ".tmp" + std::to_string(files.size());
    write_text(temporary, text);
    files.emplace(final, temporary);
  }
  context.publish(result, files);
}

/// A run of one source and sinks that each write one result.
struct FileRun : PlanBuilder {
  explicit FileRun(const fs::path& output, const std::string& definition = "one") {
    plan.run.output = output;
    plan.run.seed = std::hash<std::string>()(definition);
    facts.version = "1";
    facts.command_line = "ipet run toy.toml";
    observer.info = [this](const std::string& stage, const std::string& text) {
      said.push_back(stage + ": " + text);
    };
    observer.warn = observer.info;
    ToySource::Options source = numbers({{1}});
    source.list = [this] {
      ++started;
      if (interrupt) stop.level = 1;
    };
    stage("n", "numbers", source);
  }
  FileRun& sink(const std::string& id, const fs::path& result, Contents contents,
                std::function<void()> before = {}) {
    ToySink::Options options;
    options.create = [result](StageContext& context) { context.reserve(result); };
    options.commit = [=](StageContext& context) {
      hand_over(context, result, contents);
      if (before) before();
    };
    stage(id, "writer", options);
    edge("n.out", id + ".in");
    return *this;
  }
  std::vector<std::string> said;
  int started = 0;         ///< how often reading began
  bool interrupt = false;  ///< stops the run when reading begins
};

}  // namespace ipet::run::test
