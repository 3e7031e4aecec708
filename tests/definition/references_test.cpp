// ${params.x} and ${run.x}.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::load_text;
using definition_test::Loaded;
using definition_test::option;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string params =
    "schema = 1\nname = \"demo\"\n[params]\nn = { type = \"int\", default = 7 }\n"
    "home = { type = \"string\", default = \"h${params.n}\" }\n[run]\noutput = \"runs/${params.home}\"\n";

std::string resolved(const std::string& value) {
  const Loaded loaded = load_text(params + "[stages.a]\nplugin = \"x\"\noptions.o = " + value + "\n");
  EXPECT_THAT(loaded.texts(), IsEmpty());
  return option(loaded.definition, "a", "o");
}

std::vector<std::string> problems(const std::string& value) {
  return load_text(
             "schema = 1\n[params]\nn = { type = \"int\", default = 7 }\n[stages.a]\nplugin = "
             "\"x\"\noptions.o = " +
             value + "\n")
      .texts();
}

TEST(Reference, AsTheWholeStringKeepsItsType) {
  EXPECT_EQ(resolved("\"${params.n}\""), "7");
}

TEST(Reference, InsideAStringBecomesText) {
  EXPECT_EQ(resolved("\"x${params.n}y${params.n}\""), "\"x7y7\"");
}

TEST(Reference, ReachesIntoArraysAndTables) {
  EXPECT_EQ(resolved("[{ a = \"${params.n}\" }, \"${params.home}\"]"), "[{ a = 7 }, \"h7\"]");
}

/// What the option o of a stage is where the parameter l has this list as its default.
Loaded with_list(const std::string& list, const std::string& value,
                 const std::vector<std::string>& set = {}) {
  return load_text(
      "schema = 1\nname = \"demo\"\n[params]\nn = { type = \"int\", default = 7 }\nl = { type = \"list\", "
      "default = " +
          list + " }\n[stages.a]\nplugin = \"x\"\noptions.o = " + value + "\n",
      set);
}
std::string of_list(const std::string& list, const std::string& value,
                    const std::vector<std::string>& set = {}) {
  const Loaded loaded = with_list(list, value, set);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  return option(loaded.definition, "a", "o");
}

TEST(Reference, ToAListIsTheList) {
  EXPECT_EQ(of_list("[\"a\", { name = \"b\", n = \"${params.n}\" }]", "\"${params.l}\""),
            "[\"a\", { name = \"b\", n = 7 }]");
  EXPECT_EQ(of_list("[]", "\"${params.l}\""), "[]");
  EXPECT_EQ(of_list("[1]", "\"${params.l}\"", {"l=[2, 3]"}), "[2, 3]");
}

TEST(Reference, ToAListAmongElementsIsItsElements) {
  EXPECT_EQ(of_list("[\"a\", [\"b\"]]", "[\"none\", \"${params.l}\", [\"c\"]]"),
            "[\"none\", \"a\", [\"b\"], [\"c\"]]");
  EXPECT_EQ(of_list("[]", "[\"${params.l}\"]"), "[]");
}

TEST(Reference, ToAListInsideAStringIsAnError) {
  EXPECT_THAT(with_list("[1]", "\"x ${params.l}\"").texts(),
              ElementsAre("8:16 reference: ${params.l} is array, not one value"));
  EXPECT_THAT(with_list("1", "2").texts(),
              ElementsAre("5:32 param-type: parameter 'l' takes list, not integer 1"));
}

TEST(Reference, MayNameRunSettings) {
  EXPECT_EQ(resolved("\"${run.output}/x.h5\""), "\"runs/h7/x.h5\"");
  EXPECT_EQ(resolved("\"${run.memory_mib}\""), "1024");
}

TEST(Reference, ToRunOutputWorksWithoutRun) {
  const Loaded loaded =
      load_text("schema = 1\nname = \"demo\"\n[stages.a]\nplugin = \"x\"\noptions.o = \"${run.output}\"\n");
  EXPECT_THAT(loaded.texts(), IsEmpty());
  EXPECT_EQ(option(loaded.definition, "a", "o"), "\"runs/demo\"");
}

TEST(Reference, ValueIsNotReadAgain) {
  // A value that looks like a key of TOML stays text: nothing is put into raw text.
  const Loaded loaded = load_text(
      "schema = 1\n[params]\ns = { type = \"string\" }\n[stages.a]\nplugin = \"x\"\noptions.o = "
      "\"${params.s}\"\n",
      {"s=1\"\nb = 2"});
  EXPECT_THAT(loaded.texts(), IsEmpty());
  EXPECT_EQ(option(loaded.definition, "a", "o"), "\"1\\\"\\nb = 2\"");
}

TEST(Reference, ThatIsWrongPointsAtItself) {
  EXPECT_THAT(problems("\"abc ${params.m}\""), ElementsAre("6:18 unknown-param: no parameter 'm'"));
  EXPECT_THAT(problems("\"${HOME}\""), ElementsAre("6:14 unknown-reference: '${HOME}' names nothing"));
  EXPECT_THAT(problems("\"abc ${params.n\""), ElementsAre("6:18 reference: '${' without '}'"));
}

TEST(Reference, CycleNamesItsMembers) {
  const Loaded loaded = load_text(
      "schema = 1\n[params]\na = { type = \"string\", default = \"${params.b}\" }\n"
      "b = { type = \"string\", default = \"${params.a}\" }\n[stages.s]\nplugin = \"x\"\n");
  EXPECT_THAT(loaded.texts(), ElementsAre("4:35 reference-cycle: references go in a circle: ${params.a} -> "
                                          "${params.b} -> ${params.a}"));
}

TEST(Reference, InKeysIsNone) {
  EXPECT_EQ(resolved("{ \"${params.n}\" = 1 }"), "{ \"${params.n}\" = 1 }");
}

}  // namespace
