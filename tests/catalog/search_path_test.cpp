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

TEST(Hint, NamesTheNearestAndListsEachOnceInOrder) {
  EXPECT_EQ(ipet::catalog::misspelt_hint("gru2", {"lstm", "gru", "lstm"}, "models: "),
            "did you mean 'gru'?  models: gru, lstm");
  EXPECT_EQ(ipet::catalog::misspelt_hint("forest", {"lstm"}, "models: "), "models: lstm");
  EXPECT_EQ(ipet::catalog::misspelt_hint("forest", {}, "models: "), "there are none");
}

}  // namespace
