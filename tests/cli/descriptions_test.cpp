// Plugins are described once: what checks and shows a pipeline loads them only where that is not enough.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::ipet;
using program_test::Outcome;
namespace fs = std::filesystem;

/// A folder with two plugins that leave a mark when they are loaded.
class Description : public ::testing::Test {
 protected:
  Description() {
    ::setenv("XDG_CACHE_HOME", (path() / "cache").c_str(), 1);
    fs::create_directory(path() / "plugins");
    install("before", "counts_loads");
    install("before", "steep");
  }
  ~Description() override { ::unsetenv("XDG_CACHE_HOME"); }

  [[nodiscard]] fs::path path() const { return folder_.path(); }
  /// As a build does it: another file gets the name.
  void install(const std::string& from, const std::string& name) const {
    const fs::path file = path() / "plugins" / (name + ".so");
    fs::remove(file);
    fs::copy_file(program_test::toys(from) + "/" + name + ".so", file);
  }
  [[nodiscard]] fs::path kept(const std::string& name = "counts_loads") const {
    return path() / "plugins" / (name + ".description");
  }
  [[nodiscard]] Outcome call(std::vector<std::string> words) const {
    words.insert(words.end(), {"--plugins", "plugins"});
    return ipet(folder_, words);
  }
  [[nodiscard]] Outcome validate(const std::string& options = "") const {
    folder_.write("p.toml",
                  "schema = 1\n[stages.a]\nplugin = \"counts_loads\"\noptions = {" + options + "}\n");
    return call({"validate", "p.toml"});
  }
  /// Which plugins were loaded since the last call.
  [[nodiscard]] std::string loads() const {
    std::ostringstream text;
    text << std::ifstream(path() / "loads").rdbuf();
    fs::remove(path() / "loads");
    return text.str();
  }
  [[nodiscard]] std::string loads_of(const std::string& options) const {
    const Outcome outcome = validate(options);
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    return loads();
  }

  const program_test::Folder folder_;
};

const std::string both = "counts_loads\nsteep\n";

TEST_F(Description, IsKeptSoThatTheSecondCheckLoadsNoPlugin) {
  const Outcome first = validate("count = 4, formula = { name = \"steep\", exponent = 3.0 }");
  EXPECT_EQ(first.code, 0) << first.error;
  EXPECT_EQ(loads(), both);
  const Outcome second = validate("count = 4, formula = { name = \"steep\", exponent = 3.0 }");
  EXPECT_EQ(loads(), "");
  EXPECT_EQ(second.out, "p.toml: good, 1 stage in 1 pass\n");
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(second.error, first.error);
  EXPECT_FALSE(fs::exists(path() / "cache"));
}

TEST_F(Description, ServesEverythingThatShowsButDoesNotRun) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"list"},
                                             {"inspect", "counts_loads"},
                                             {"inspect", "--all", "--format", "json"},
                                             {"plan", "p.toml"},
                                             {"graph", "p.toml"}}) {
    static_cast<void>(validate());
    static_cast<void>(loads());
    const Outcome kept = call(words);
    EXPECT_EQ(kept.code, 0) << kept.error;
    EXPECT_EQ(loads(), "") << words[0];
    fs::remove(this->kept());
    fs::remove(this->kept("steep"));
    const Outcome fresh = call(words);
    EXPECT_NE(loads(), "") << words[0];
    EXPECT_EQ(kept.out, fresh.out);
  }
}

TEST_F(Description, IsNotWhatARunGoesBy) {
  EXPECT_EQ(loads_of(""), both);
  EXPECT_EQ(call({"run", "p.toml", "--output", "out"}).code, 0);
  EXPECT_EQ(loads(), both);
  EXPECT_EQ(call({"validate", "p.toml", "--environment"}).code, 0);
  EXPECT_EQ(loads(), both);
}

TEST_F(Description, LeavesOptionsThatAreNewToThePlugin) {
  EXPECT_EQ(loads_of("count = 4"), both);
  EXPECT_EQ(loads_of("count = 6"), both);
  EXPECT_EQ(loads_of("count = 4"), "") << "these are still known";
  for (int i = 0; i < 2; ++i) {
    const Outcome odd = validate("count = 5");
    EXPECT_EQ(odd.code, 2);
    EXPECT_EQ(odd.error.substr(0, odd.error.find('\n')),
              "p.toml:4:20: error[option-value]: stage 'a': option 'count': must be even");
    EXPECT_EQ(loads(), both) << "what is wrong is said by the plugin, each time";
  }
}

TEST_F(Description, OfAPluginThatWasBuiltAnewIsMadeAnew) {
  EXPECT_EQ(loads_of("count = 4"), both);
  install("after", "counts_loads");
  const Outcome old = validate("count = 4");
  EXPECT_EQ(old.code, 2);
  EXPECT_NE(old.error.find("stage 'a': no option 'count'"), std::string::npos) << old.error;
  static_cast<void>(loads());
  EXPECT_EQ(loads_of("number = 4"), both);
  EXPECT_EQ(loads_of("number = 4"), "");
}

TEST_F(Description, KnowsNothingGoodOfAComponentThatWasBuiltAnew) {
  const std::string options = "formula = { name = \"steep\", exponent = 30.0 }";
  EXPECT_EQ(loads_of(options), both);
  install("after", "steep");
  const Outcome outcome = validate(options);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.error.find("option 'exponent' is 30.0, must be at most 5.0"), std::string::npos)
      << outcome.error;
}

TEST_F(Description, ThatIsDamagedIsMadeAnew) {
  EXPECT_EQ(loads_of(""), both);
  std::ostringstream whole;
  whole << std::ifstream(kept()).rdbuf();
  const std::size_t size = whole.str().size();
  ASSERT_GT(size, 200U);
  const std::size_t words = whole.str().find("How many numbers.");
  ASSERT_NE(words, std::string::npos);
  for (const std::size_t at : {std::size_t{3}, std::size_t{30}, std::size_t{70}, words, size - 2}) {
    std::string text = whole.str();
    text[at] = static_cast<char>(text[at] ^ 1);
    std::ofstream(kept()) << text;
    EXPECT_EQ(loads_of(""), both) << "byte " << at;
    EXPECT_EQ(loads_of(""), "");
  }
  std::ofstream(kept()) << whole.str().substr(0, size / 2);
  EXPECT_EQ(loads_of(""), both) << "cut";
  std::ofstream(kept()) << "";
  EXPECT_EQ(loads_of(""), both) << "empty";
}

/// What lies in the way cannot be written over, whoever is asking.
TEST_F(Description, IsKeptInTheUsersFolderWhereThePluginsCannotBeWritten) {
  fs::create_directory(kept());
  fs::create_directory(kept("steep"));
  EXPECT_EQ(loads_of(""), both);
  EXPECT_EQ(loads_of(""), "");
  EXPECT_TRUE(fs::is_empty(kept()));
  EXPECT_EQ(std::distance(fs::directory_iterator(path() / "cache" / "ipet"), {}), 2);
  EXPECT_EQ(std::distance(fs::directory_iterator(path() / "plugins"), {}), 4) << "no temporary files";
}

TEST_F(Description, IsNotNeeded) {
  fs::create_directory(kept());
  fs::create_directory(kept("steep"));
  folder_.write("cache", "a file where a folder is wanted");
  EXPECT_EQ(loads_of(""), both);
  EXPECT_EQ(loads_of(""), both);
}

}  // namespace
