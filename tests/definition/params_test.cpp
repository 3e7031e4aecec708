// [params]: types, defaults, the environment, --set.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::load_text;
using definition_test::Loaded;
using definition_test::option;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string pipeline(const std::string& param) {
  return "schema = 1\n[params]\np = " + param + "\n[stages.a]\nplugin = \"x\"\noptions.o = \"${params.p}\"\n";
}

std::string value(const std::string& param, const std::vector<std::string>& set = {}) {
  const Loaded loaded = load_text(pipeline(param), set);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  return option(loaded.definition, "a", "o");
}

TEST(Param, HasItsDefault) {
  EXPECT_EQ(value("{ type = \"int\", default = 3 }"), "3");
  EXPECT_EQ(value("{ type = \"bool\", default = true }"), "true");
  EXPECT_EQ(value("{ type = \"path\", default = \"a/b\" }"), "\"a/b\"");
}

TEST(Param, OfFloatTakesAnInteger) {
  EXPECT_EQ(value("{ type = \"float\", default = 3 }"), "3.0");
}

TEST(Param, IsOverriddenBySetAndTheLastOneWins) {
  EXPECT_EQ(value("{ type = \"float\", default = 0.1 }", {"p=0.2"}), "0.2");
  EXPECT_EQ(value("{ type = \"float\", default = 0.1 }", {"p=0.2", "params.p=0.3"}), "0.3");
}

TEST(Param, OfTextTakesWhatWasTyped) {
  EXPECT_EQ(value("{ type = \"string\" }", {"p=2024"}), "\"2024\"");
  EXPECT_EQ(value("{ type = \"string\" }", {"p=true"}), "\"true\"");
  EXPECT_EQ(value("{ type = \"path\" }", {"p=../a=b/c"}), "\"../a=b/c\"");
  EXPECT_EQ(value("{ type = \"string\" }", {"p=\"quoted\""}), "\"quoted\"");
}

TEST(Param, TakesTheEnvironmentBelowSetAndAboveTheDefault) {
  const std::string param = "{ type = \"int\", default = 1, env = \"IPET_TEST_PARAM\" }";
  ::unsetenv("IPET_TEST_PARAM");
  EXPECT_EQ(value(param), "1");
  ::setenv("IPET_TEST_PARAM", "2", 1);
  EXPECT_EQ(value(param), "2");
  EXPECT_EQ(value(param, {"p=3"}), "3");
  ::setenv("IPET_TEST_PARAM", "two", 1);
  EXPECT_THAT(
      load_text(pipeline(param)).texts(),
      ElementsAre("environment variable IPET_TEST_PARAM param-type: parameter 'p' takes int, not string "
                  "\"two\""));
  ::unsetenv("IPET_TEST_PARAM");
}

TEST(Param, WithoutAValueSaysHowToSetIt) {
  const Loaded loaded = load_text(pipeline("{ type = \"path\", env = \"IPET_NO_SUCH\" }"));
  EXPECT_THAT(loaded.texts(), ElementsAre("3:1 missing-param: parameter 'p' has no value"));
  EXPECT_EQ(loaded.problems.at(0).hint, "set it with --set p=... or the environment variable IPET_NO_SUCH");
}

TEST(Param, IsCheckedForTypeAndRange) {
  EXPECT_THAT(load_text(pipeline("{ type = \"int\", default = 2.5 }")).texts(),
              ElementsAre("3:31 param-type: parameter 'p' takes int, not float 2.5"));
  EXPECT_THAT(load_text(pipeline("{ type = \"float\", default = 2.5, min = 0, max = 1.5 }")).texts(),
              ElementsAre("3:33 param-range: parameter 'p' is 2.5, must be between 0.0 and 1.5"));
}

TEST(Param, DeclarationsAreChecked) {
  EXPECT_THAT(load_text(pipeline("{ type = \"flaot\", default = 2.5 }")).texts(),
              ElementsAre("3:14 wrong-type: parameter 'p': no type \"flaot\""));
  EXPECT_THAT(load_text(pipeline("{ type = \"int\", default = 2, defualt = 3 }")).texts(),
              ElementsAre("3:34 unknown-key: parameter 'p': no key 'defualt'"));
  EXPECT_THAT(
      load_text(pipeline("0.1")).texts(),
      ElementsAre("3:5 wrong-type: parameter 'p' takes a table such as { type = \"float\", default = 0.1 }"));
}

TEST(Param, NamesAreSmallLettersDigitsAndUnderscores) {
  // The others cannot be written in ${...} or --set, or not be read back from the resolved definition.
  for (const std::string name : {"\"a.b\"", "\"x y\"", "Count", "_a", "1a", "a-b", "\"\""}) {
    const Loaded loaded = load_text("schema = 1\n[params]\n" + name +
                                    " = { type = \"int\", default = 1 }\n[stages.a]\nplugin = \"x\"\n");
    ASSERT_EQ(loaded.problems.size(), 1u) << name;
    EXPECT_EQ(loaded.problems[0].code, "param-name") << name;
    EXPECT_EQ(loaded.problems[0].where.line, 3u) << name;
  }
  EXPECT_THAT(load_text("schema = 1\n[params]\na_1b = { type = \"int\", default = 1 }\n[stages.a]\nplugin = "
                        "\"x\"\n")
                  .texts(),
              IsEmpty());
}

TEST(Set, WithoutEqualsIsRefused) {
  EXPECT_THAT(load_text(pipeline("{ type = \"int\", default = 1 }"), {"p"}).texts(),
              ElementsAre("--set p override: --set takes KEY=VALUE"));
}

TEST(Set, ChangesAnOptionByItsPath) {
  const Loaded loaded =
      load_text(pipeline("{ type = \"int\", default = 1 }"),
                {"stages.a.options.o=[1, 2]", "stages.a.options.deep.er=x", "run.memory_mib=64"});
  EXPECT_THAT(loaded.texts(), IsEmpty());
  EXPECT_EQ(option(loaded.definition, "a", "o"), "[1, 2]");
  EXPECT_EQ(option(loaded.definition, "a", "deep"), "{ er = \"x\" }");
  EXPECT_EQ(loaded.definition.run.memory_mib, 64u);
}

TEST(Set, OfAVeryDeepPathIsRefused) {
  std::string path = "stages.a.options";
  for (int i = 0; i < 200'000; ++i) path += ".x";
  const Loaded loaded = load_text(pipeline("{ type = \"int\", default = 1 }"), {path + "=1"});
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].code, "too-deep");
  EXPECT_EQ(loaded.problems[0].message, "a path of more than 200 parts");
}

TEST(Set, OfAnUnknownStageOrPathIsRefused) {
  const std::string text = pipeline("{ type = \"int\", default = 1 }");
  EXPECT_THAT(load_text(text, {"stages.b.options.o=1"}).texts(),
              ElementsAre("--set stages.b.options.o=1 unknown-stage: no stage 'b'"));
  EXPECT_THAT(
      load_text(text, {"stages.a.plugin.x=1"}).texts(),
      ElementsAre("--set stages.a.plugin.x=1 override: 'stages.a.plugin' is string, so it has no 'x'"));
  EXPECT_THAT(load_text(text, {"q=1"}).texts(), ElementsAre("--set q=1 unknown-param: no parameter 'q'"));
  EXPECT_THAT(load_text(text, {"run.colour=1"}).texts(),
              ElementsAre("--set run.colour=1 unknown-key: [run]: no key 'colour'"));
}

TEST(Param, OfAPathIsNotEmptyUnlessThatIsItsDefault) {
  EXPECT_THAT(load_text(pipeline("{ type = \"path\" }"), {"p="}).texts(),
              ElementsAre("--set p= param-value: parameter 'p' is an empty path"));
  EXPECT_THAT(load_text(pipeline("{ type = \"path\", default = \"x\" }"), {"params.p="}).texts(),
              ElementsAre("--set params.p= param-value: parameter 'p' is an empty path"));
  EXPECT_THAT(load_text(pipeline("{ type = \"path\" }") + "[sweep]\np = [\"\", \"b\"]\n").texts(),
              ElementsAre("8:6 param-value: parameter 'p' is an empty path"));
  ::setenv("IPET_TEST_EMPTY_PATH", "", 1);
  EXPECT_THAT(
      load_text(pipeline("{ type = \"path\", default = \"x\", env = \"IPET_TEST_EMPTY_PATH\" }")).texts(),
      ElementsAre("environment variable IPET_TEST_EMPTY_PATH param-value: parameter 'p' is an empty path"));
  ::unsetenv("IPET_TEST_EMPTY_PATH");
  EXPECT_EQ(value("{ type = \"path\", default = \"\" }", {"p="}), "\"\"");
  EXPECT_EQ(value("{ type = \"string\", default = \"x\" }", {"p="}), "\"\"");
}

TEST(Param, OfTimeTakesTextWithItsOwnUnitUnquotedToo) {
  const std::string omega = "{ type = \"float\", unit = \"s\", default = 0.1, max = 60 }";
  EXPECT_EQ(value(omega), "0.1");
  EXPECT_EQ(value(omega, {"p=250ms"}), "0.25");
  EXPECT_EQ(value(omega, {"p=\"2 s\""}), "2.0");
  EXPECT_EQ(value("{ type = \"float\", unit = \"h\", default = \"90 min\" }"), "1.5");
  EXPECT_THAT(load_text(pipeline(omega), {"p=2min"}).texts(),
              ElementsAre("--set p=2min param-range: parameter 'p' is 120.0, must be at most 60.0"));
  EXPECT_THAT(load_text(pipeline(omega), {"p=2 meters"}).texts(),
              ElementsAre("--set p=2 meters param-type: parameter 'p' takes float, not string \"2 meters\""));
}

TEST(Param, HasAUnitOfTimeOrNone) {
  EXPECT_THAT(
      load_text(pipeline("{ type = \"float\", unit = \"kg\", default = 1.0 }")).texts(),
      ElementsAre("3:30 wrong-type: parameter 'p': unit takes a unit of time, of a float, not \"kg\""));
  EXPECT_THAT(
      load_text(pipeline("{ type = \"int\", unit = \"s\", default = 1 }")).texts(),
      ElementsAre("3:28 wrong-type: parameter 'p': unit takes a unit of time, of a float, not \"s\""));
}

}  // namespace
