// Stages of a file: order, inputs, places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::load_text;
using definition_test::Loaded;
using ::testing::ElementsAre;

TEST(Stages, KeepTheOrderOfTheFile) {
  const Loaded loaded = load_text(
      "schema = 1\n[stages.zebra]\nplugin = \"a\"\n[stages.apple]\nplugin = \"b\"\n[stages.mango]\nplugin = "
      "\"c\"\n");
  ASSERT_TRUE(loaded.problems.empty());
  ASSERT_EQ(loaded.definition.stages.size(), 3u);
  EXPECT_EQ(loaded.definition.stages[0].id, "zebra");
  EXPECT_EQ(loaded.definition.stages[1].id, "apple");
  EXPECT_EQ(loaded.definition.stages[2].id, "mango");
}

TEST(Stages, TakeInputsAsStringArrayOrTable) {
  const Loaded loaded = load_text(
      "schema = 1\n"
      "[stages.a]\nplugin = \"x\"\ninputs = \"s\"\n"
      "[stages.b]\nplugin = \"x\"\ninputs = [\"s\", \"t.out\"]\n"
      "[stages.c]\nplugin = \"x\"\ninputs = { right = [\"s\"], left = \"t.out\" }\n");
  ASSERT_TRUE(loaded.problems.empty());
  std::vector<std::string> references;
  for (const auto& stage : loaded.definition.stages) {
    for (const auto& input : stage.inputs) {
      references.push_back(stage.id + ":" + input.port + "<-" + input.stage + "." + input.output);
    }
  }
  EXPECT_THAT(references, ElementsAre("a:<-s.", "b:<-s.", "b:<-t.out", "c:right<-s.", "c:left<-t.out"));
}

TEST(Stages, KeepThePlacesOfKeysAndValues) {
  const Loaded loaded = load_text(
      "schema = 1\n"
      "[stages.a]\n"
      "plugin = \"x\"\n"
      "inputs = { left = \"s\" }\n"
      "options = { list = [1, 'zwei'], deep.er = 3 }\n");
  const auto& stage = loaded.definition.stages.at(0);
  EXPECT_EQ(stage.where.line, 2u);
  EXPECT_EQ(stage.where.column, 9u);
  EXPECT_EQ(stage.inputs.at(0).port_where.column, 12u);
  EXPECT_EQ(stage.inputs.at(0).where.column, 19u);
  const auto& list = *stage.options.find("list");
  EXPECT_EQ(list.where.column, 13u);
  const auto& second = list.value.get_if<ipet::Array>()->at(1);
  EXPECT_EQ(second.where.line, 5u);
  EXPECT_EQ(second.where.column, 24u);
  EXPECT_EQ(second.where.length, 6u);
  EXPECT_EQ(stage.options.find("deep")->value.find("er")->where.column, 38u);
}

TEST(Stages, ColumnsCountCharactersNotBytes) {
  const Loaded loaded =
      load_text("schema = 1\n[stages.a]\nplugin = \"x\"\noptions = { a = \"äöü\", b = 1 }\n");
  // options = { a = "äöü", b: the b is the 24th character.
  EXPECT_EQ(loaded.definition.stages.at(0).options.find("b")->where.column, 24u);
}

TEST(Stages, AreNamedInSmallLetters) {
  EXPECT_THAT(load_text("schema = 1\n[stages.Big]\nplugin = \"x\"\n").texts(),
              ElementsAre("2:9 stage-id: 'Big' is no stage id"));
}

TEST(Stages, NeedAPlugin) {
  EXPECT_THAT(load_text("schema = 1\n[stages.a]\noptions.x = 1\n").texts(),
              ElementsAre("2:9 missing-key: stage 'a' has no plugin"));
}

TEST(Stages, RefuseUnknownKeysAndWrongReferences) {
  EXPECT_THAT(load_text("schema = 1\n[stages.a]\nplugin = \"x\"\nomega = 1\ninputs = [\"A b\", 3]\n").texts(),
              ElementsAre("4:1 unknown-key: stage 'a': no key 'omega'",
                          "5:11 input: stage 'a': \"A b\" is no reference",
                          "5:18 wrong-type: stage 'a': an input is \"stage\" or \"stage.port\", not 3"));
}

TEST(Stages, MustExist) {
  const Loaded loaded = load_text("schema = 1\n");
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].message, "no stages");
}

TEST(Dates, AreRefused) {
  EXPECT_THAT(load_text("schema = 1\n[stages.a]\nplugin = \"x\"\noptions.day = 2022-01-01\n").texts(),
              ElementsAre("4:15 unsupported-value: dates and times are not used in pipeline files"));
}

}  // namespace
