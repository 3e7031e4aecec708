// Where things stand: folders, names of files, names of types.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fs = std::filesystem;

namespace {

const fs::path source_folder = IPET_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::vector<fs::path> files_below(const std::string& folder, const std::string& ending) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(source_folder / folder))
    if (entry.path().extension() == ending) out.push_back(entry.path());
  return out;
}

std::set<std::string> folders_in(const std::string& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(source_folder / folder))
    if (entry.is_directory()) out.insert(entry.path().filename());
  return out;
}

/// "gradient_boosting" -> "GradientBoosting"
std::string type_name(const std::string& plugin) {
  std::string out;
  for (std::size_t i = 0; i < plugin.size(); ++i)
    if (plugin[i] != '_')
      out += i == 0 || plugin[i - 1] == '_' ? static_cast<char>(std::toupper(plugin[i])) : plugin[i];
  return out;
}

TEST(Rooms, OfOneFolderAreOneLibrary) {
  for (const std::string& folder : folders_in("stages")) {
    const std::string lists = text_of(source_folder / "stages" / folder / "CMakeLists.txt");
    const std::regex library("(ipet|add)_library\\(ipet_([a-z0-9_]+) ");
    const std::sregex_iterator first(lists.begin(), lists.end(), library), end;
    ASSERT_EQ(std::distance(first, end), 1) << folder;
    EXPECT_EQ((*first)[2], folder);
  }
}

TEST(Plugins, AreFoundByTheirNamesInTheStages) {
  const std::map<std::string, std::string> elsewhere = {
      {"constant", "rate_shaper"},        {"random", "rate_shaper"}, {"random_plus", "rate_shaper"},
      {"predictor", "perturbations"},     {"gateway", "end"},        {"relay", "end"},
      {"relay_writer", "record_listener"}};
  std::multimap<std::string, fs::path> headers;
  for (const fs::path& header : files_below("stages", ".hpp")) headers.emplace(header.stem(), header);
  for (const std::string& plugin : folders_in("plugins")) {
    if (plugin == "shared" || plugin == "templates") continue;
    const auto other = elsewhere.find(plugin);
    const std::string name = other == elsewhere.end() ? plugin : other->second;
    ASSERT_EQ(headers.count(name), 1U) << plugin;
    const std::string text = text_of(headers.find(name)->second);
    // Its own type, or that of its options where it is a function.
    EXPECT_TRUE(std::regex_search(text, std::regex("\\b" + type_name(name) + "[A-Za-z]*\\b")))
        << headers.find(name)->second << " has no type " << type_name(name);
  }
}

TEST(Plugins, IncludeNoHeaderOfAnotherPlugin) {
  const std::regex include("#include \"plugins/([a-z0-9_]+)/");
  for (const char* ending : {".cpp", ".hpp"})
    for (const fs::path& file : files_below("plugins", ending)) {
      const std::string text = text_of(file), own = file.parent_path().filename();
      for (std::sregex_iterator i(text.begin(), text.end(), include), end; i != end; ++i)
        EXPECT_TRUE((*i)[1] == own || (*i)[1] == "shared") << file << " includes of " << (*i)[1];
    }
}

TEST(Headers, HaveNamesOfTheirOwn) {
  std::map<std::string, int> count;
  for (const char* folder : {"pipeline", "stages", "plugins"})
    for (const fs::path& header : files_below(folder, ".hpp")) ++count[header.filename()];
  for (const auto& [name, times] : count) EXPECT_EQ(times, 1) << name;
}

}  // namespace
