// '~' in paths.
#include <cstdlib>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::load_text;
using definition_test::Loaded;
using definition_test::option;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HomeFolder : public testing::Test {
 protected:
  HomeFolder() {
    if (const char* home = std::getenv("HOME")) before_ = home;
    ::setenv("HOME", "/people/ada", 1);
  }
  ~HomeFolder() override {
    if (before_)
      ::setenv("HOME", before_->c_str(), 1);
    else
      ::unsetenv("HOME");
  }
  const std::string text_ =
      "schema = 1\n[params]\ncaptures = { type = \"path\", default = \"x\" }\n"
      "[run]\noutput = \"~/runs\"\n"
      "[stages.a]\nplugin = \"x\"\noptions = { f = \"${params.captures}\", g = \"${params.captures}/*.pcap\" "
      "}\n";

 private:
  std::optional<std::string> before_;
};

TEST_F(HomeFolder, IsTheTildeInPathsOfParametersAndTheOutput) {
  const Loaded loaded = load_text(text_, {"captures=~/day"});
  EXPECT_THAT(loaded.texts(), IsEmpty());
  EXPECT_EQ(option(loaded.definition, "a", "f"), "\"/people/ada/day\"");
  EXPECT_EQ(option(loaded.definition, "a", "g"), "\"/people/ada/day/*.pcap\"");
  EXPECT_EQ(loaded.definition.run.output, "/people/ada/runs");
}

TEST_F(HomeFolder, ThatIsNotSetIsAnErrorWhereItIsNeeded) {
  ::unsetenv("HOME");
  const std::string why = "'~' stands for the folder in the environment variable HOME, which is not set";
  EXPECT_THAT(load_text(text_, {"captures=~/day"}).texts(),
              ElementsAre("--set captures=~/day param-value: parameter 'captures': " + why,
                          "5:10 run-setting: run.output: " + why));
  EXPECT_THAT(load_text("schema = 1\n[stages.a]\nplugin = \"x\"\n").texts(), IsEmpty());
}

TEST_F(HomeFolder, OfAUserWhoIsNotThereIsAnErrorAtItsPlace) {
  const std::string why =
      "'~no.such.user' stands for the home folder of the user 'no.such.user', whom this machine does not "
      "know; a "
      "name that begins with ~ is written ./~NAME";
  EXPECT_THAT(load_text(text_, {"captures=~no.such.user/day"}).texts(),
              ElementsAre("--set captures=~no.such.user/day param-value: parameter 'captures': " + why));
  EXPECT_THAT(
      load_text("schema = 1\n[run]\noutput = \"~no.such.user\"\n[stages.a]\nplugin = \"x\"\n").texts(),
      ElementsAre("3:10 run-setting: run.output: " + why));
  EXPECT_THAT(load_text("schema = 1\ninclude = [\"~no.such.user/p.toml\"]\n").texts(),
              ElementsAre("2:12 include: " + why));
  EXPECT_EQ(option(load_text(text_, {"captures=./~day"}).definition, "a", "f"), "\"./~day\"");
}

}  // namespace
