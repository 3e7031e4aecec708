// Pipeline files of a test, in a folder of their own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include "pipeline/definition/definition.hpp"

namespace definition_test {

using ipet::Problems;
using ipet::definition::Definition;

class Files {
 public:
  Files() {
    std::string name = std::filesystem::temp_directory_path() / "ipet-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for the test");
    path_ = name;
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file.string();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

struct Loaded {
  Definition definition;
  Problems problems;
  /// "4:9 unknown-option: text" per problem; the file's name is left out.
  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& problem : problems) {
      const std::string place = problem.where.line == 0 ? (problem.where.file ? *problem.where.file : "")
                                                        : std::to_string(problem.where.line) + ":" +
                                                              std::to_string(problem.where.column);
      out.push_back(place + " " + problem.code + ": " + problem.message);
    }
    return out;
  }
};

inline Loaded load_file(const std::string& file, const std::vector<std::string>& set = {}) {
  Loaded out;
  std::vector<ipet::definition::Override> overrides;
  for (const std::string& text : set)
    if (auto given = ipet::definition::parse_override(text, out.problems)) overrides.push_back(*given);
  out.definition = ipet::definition::load(file, overrides, out.problems);
  return out;
}

inline Loaded load_text(const std::string& text, const std::vector<std::string>& set = {}) {
  const Files files;
  return load_file(files.write("p.toml", text), set);
}

/// The option of a stage as TOML, "" when it is not given.
inline std::string option(const Definition& definition, const std::string& stage, const std::string& name) {
  for (const auto& each : definition.stages) {
    if (each.id != stage) continue;
    const ipet::Entry* entry = each.options.find(name);
    return entry == nullptr ? "" : entry->value.toml();
  }
  return "";
}

}  // namespace definition_test
