// The rules of the house (tests/README.md "Rules of the house"): which folder may include which.
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fs = std::filesystem;

namespace {

struct Include {
  std::string file;    ///< relative to the project
  std::string target;  ///< as written between the quotes or brackets
};

const fs::path project = IPET_SOURCE_DIR;

std::vector<Include> includes_below(const std::string& folder) {
  static const std::regex directive(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(project / folder)) {
    if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      std::smatch match;
      if (std::regex_search(line, match, directive)) {
        found.push_back({fs::relative(entry.path(), project).generic_string(), match[1]});
      }
    }
  }
  return found;
}

/// "stages/traffic/packet.hpp" -> "stages/traffic"; "" when it is not one of ours.
std::string folder_of(const std::string& path) {
  static const std::regex ours(R"(^((pipeline|stages)/[a-z_]+)/.*)");
  std::smatch match;
  return std::regex_match(path, match, ours) ? std::string(match[1]) : std::string();
}

std::vector<std::string> violations(const std::string& folder, const std::regex& forbidden) {
  std::vector<std::string> found;
  for (const Include& include : includes_below(folder)) {
    if (std::regex_search(include.target, forbidden))
      found.push_back(include.file + " includes " + include.target);
  }
  return found;
}

TEST(HouseRules, ThereIsSomethingToCheck) {
  EXPECT_GT(includes_below("pipeline").size(), 50U);
  EXPECT_GT(includes_below("stages").size(), 50U);
}

// What the runtime and the stages share.
TEST(HouseRules, TextAndTomlKnowNothingElse) {
  const std::regex others("^(pipeline/(?!text/|toml/)|stages/|plugins/)");
  EXPECT_GT(includes_below("pipeline/text").size() + includes_below("pipeline/toml").size(), 10U);
  EXPECT_EQ(violations("pipeline/text", others), std::vector<std::string>{});
  EXPECT_EQ(violations("pipeline/toml", others), std::vector<std::string>{});
}

// toml++ is given only what pipeline/toml has checked.
TEST(HouseRules, TomlIsParsedInOnePlace) {
  const std::regex parse(R"(\btoml::parse(_file)?\s*\()");
  std::vector<std::string> found;
  for (const char* top : {"pipeline", "stages", "plugins"}) {
    for (const auto& entry : fs::recursive_directory_iterator(project / top)) {
      if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);)
        if (std::regex_search(line, parse))
          found.push_back(fs::relative(entry.path(), project).generic_string());
    }
  }
  EXPECT_EQ(found, std::vector<std::string>{"pipeline/toml/document.cpp"});
}

TEST(HouseRules, PipelineNeverIncludesStagesOrPlugins) {
  EXPECT_EQ(violations("pipeline", std::regex("^(stages|plugins)/")), std::vector<std::string>{});
}

TEST(HouseRules, StagesNeverIncludePipelineOrPlugins) {
  EXPECT_EQ(violations("stages", std::regex("^(pipeline/(?!text/|toml/)|plugins/)")),
            std::vector<std::string>{});
}

TEST(HouseRules, PipelineKnowsNoPacketsTensorsOrHdf5) {
  EXPECT_EQ(violations("pipeline", std::regex("^(torch|ATen|c10|tins|H5|hdf5)")), std::vector<std::string>{});
}

bool is_standard(const Include& include) {
  return include.target.find('/') == std::string::npos && include.target.find('.') == std::string::npos;
}

TEST(HouseRules, TheSdkStandsOnTheStandardLibraryAlone) {
  for (const Include& include : includes_below("pipeline/sdk")) {
    // A plugin includes the headers; their bodies may use pipeline/text, which stands on the same.
    const bool text = include.file.ends_with(".cpp") && include.target.starts_with("pipeline/text/");
    EXPECT_TRUE(is_standard(include) || text || include.target.starts_with("pipeline/sdk/"))
        << include.file << " includes " << include.target;
  }
  for (const Include& include : includes_below("pipeline/text")) {
    const bool of_libc = include.file.ends_with(".cpp") && include.target == "pwd.h";  // for ~NAME
    EXPECT_TRUE(is_standard(include) || of_libc || include.target.starts_with("pipeline/text/"))
        << include.file << " includes " << include.target;
  }
}

TEST(HouseRules, TorchStaysWhereModelsAreTrainedOrRun) {
  const std::set<std::string> allowed = {"stages/fingerprint", "stages/generator", "stages/evaluation",
                                         "stages/attack"};
  for (const Include& include : includes_below("stages")) {
    if (!include.target.starts_with("torch/") && !include.target.starts_with("ATen/")) continue;
    EXPECT_TRUE(allowed.contains(folder_of(include.file))) << include.file;
  }
}

TEST(HouseRules, NoCycleBetweenFolders) {
  std::map<std::string, std::set<std::string>> uses;
  for (const char* top : {"pipeline", "stages"}) {
    for (const Include& include : includes_below(top)) {
      const std::string from = folder_of(include.file), to = folder_of(include.target);
      if (!to.empty() && from != to) uses[from].insert(to);
    }
  }
  std::set<std::string> done, open;
  std::function<void(const std::string&, const std::string&)> visit = [&](const std::string& folder,
                                                                          const std::string& path) {
    if (done.contains(folder)) return;
    ASSERT_FALSE(open.contains(folder)) << "cycle: " << path << folder;
    open.insert(folder);
    for (const std::string& next : uses[folder]) visit(next, path + folder + " -> ");
    open.erase(folder);
    done.insert(folder);
  };
  for (const auto& [folder, _] : std::map(uses)) visit(folder, "");
}

}  // namespace
