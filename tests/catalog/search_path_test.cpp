// Where plugins are looked for.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/catalog/plugin_catalog.hpp"

namespace {

using ::testing::ElementsAre;

TEST(SearchPath, IsWhatWasGivenThenTheEnvironmentThenBesideTheProgram) {
  ::setenv("IPET_PLUGIN_PATH", "/one::/two", 1);
  const auto path = ipet::catalog::search_path({"given"});
  ::unsetenv("IPET_PLUGIN_PATH");
  const std::filesystem::path beside = std::filesystem::path(IPET_BINARY_DIR) / "plugins";
  EXPECT_THAT(path, ElementsAre("given", "/one", "/two", beside));
}

TEST(SearchPath, HasTheUsersOwnFolderBeforeThatOfTheProgramWhereItIsThere) {
  const std::string home = ::testing::TempDir() + "search_path_home";
  const std::filesystem::path own = home + "/.local/lib/ipet";
  const std::string before = std::getenv("HOME");
  ::setenv("HOME", home.c_str(), 1);
  ::setenv("IPET_PLUGIN_PATH", "/one", 1);
  std::filesystem::remove_all(home);
  const auto without = ipet::catalog::search_path({});
  std::filesystem::create_directories(own);
  const auto with = ipet::catalog::search_path({"given"});
  const std::string told = ipet::catalog::looked_in(with);
  ::unsetenv("IPET_PLUGIN_PATH");
  ::setenv("HOME", before.c_str(), 1);
  std::filesystem::remove_all(home);
  const std::filesystem::path beside = std::filesystem::path(IPET_BINARY_DIR) / "plugins";
  EXPECT_THAT(without, ElementsAre("/one", beside));
  EXPECT_THAT(with, ElementsAre("given", "/one", own, beside));
  EXPECT_NE(told.find(own.string() + " (your own), " + beside.string() + " (beside the program)"),
            std::string::npos)
      << told;
}

TEST(Hint, NamesTheNearestAndListsEachOnceInOrder) {
  EXPECT_EQ(ipet::catalog::misspelt_hint("gru2", {"lstm", "gru", "lstm"}, "models: "),
            "did you mean 'gru'?  models: gru, lstm");
  EXPECT_EQ(ipet::catalog::misspelt_hint("forest", {"lstm"}, "models: "), "models: lstm");
  EXPECT_EQ(ipet::catalog::misspelt_hint("forest", {}, "models: "), "there are none");
}

}  // namespace
