// [run], and the resolved text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::Files;
using definition_test::load_file;
using definition_test::load_text;
using definition_test::Loaded;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string stage = "[stages.a]\nplugin = \"x\"\n";

TEST(Run, HasDefaults) {
  const Loaded loaded = load_text("schema = 1\nname = \"n\"\n" + stage);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  EXPECT_EQ(loaded.definition.run.threads, 0u);
  EXPECT_EQ(loaded.definition.run.memory_mib, 1024u);
  EXPECT_EQ(loaded.definition.run.seed, 20u);
  EXPECT_EQ(loaded.definition.run.output, "runs/n");
}

TEST(Run, IsChecked) {
  EXPECT_THAT(
      load_text("schema = 1\n[run]\nthreads = -1\nmemory_mib = 0\nseed = \"s\"\noutput = 3\nthread = 2\n" +
                stage)
          .texts(),
      ElementsAre(
          "7:1 unknown-key: [run]: no key 'thread'",
          "3:11 run-setting: run.threads takes an integer of at least 0 and at most 4096, not -1",
          "4:14 run-setting: run.memory_mib takes an integer of at least 1 and at most 8796093022207, "
          "not 0",
          "5:8 run-setting: run.seed takes an integer of at least 0, not \"s\"",
          "6:10 run-setting: run.output takes a path, not 3"));
}

TEST(Run, TakesParameters) {
  const Loaded loaded = load_text(
      "schema = 1\n[params]\nseed = { type = \"int\", default = 5 }\n[run]\nseed = \"${params.seed}\"\n" +
          stage,
      {"seed=9"});
  EXPECT_THAT(loaded.texts(), IsEmpty());
  EXPECT_EQ(loaded.definition.run.seed, 9u);
}

TEST(ResolvedText, IsAPipelineFileThatSaysTheSame) {
  const Loaded first = load_text(
      "schema = 1\nname = \"n\"\n[params]\np = { type = \"float\", default = 0.1, min = 0.001, help = \"a "
      "\\\"b\\\"\" }\n"
      "[run]\noutput = \"runs/x\"\n[stages.b]\nplugin = \"x\"\noptions = { o = \"${params.p}\", l = [1, "
      "\"z\"] }\n"
      "[stages.a]\nplugin = \"y\"\ninputs = { left = [\"b\"] }\n",
      {"p=0.25"});
  ASSERT_THAT(first.texts(), IsEmpty());
  EXPECT_EQ(first.definition.resolved,
            "schema = 1\nname = \"n\"\n\n[params]\n"
            "p = { type = \"float\", min = 0.001, help = \"a \\\"b\\\"\", default = 0.25 }\n\n"
            "[run]\noutput = \"runs/x\"\nthreads = 0\nmemory_mib = 1024\nseed = 20\n\n"
            "[stages.b]\nplugin = \"x\"\noptions = { o = 0.25, l = [1, \"z\"] }\n\n"
            "[stages.a]\nplugin = \"y\"\ninputs = { left = [\"b\"] }\n");
  const Loaded second = load_text(first.definition.resolved);
  EXPECT_THAT(second.texts(), IsEmpty());
  EXPECT_EQ(second.definition.resolved, first.definition.resolved);
}

TEST(Schema, IsRequired) {
  const Files files;
  const std::string file = files.write("p.toml", stage);
  EXPECT_THAT(load_file(file).texts(), ElementsAre(file + " missing-key: no 'schema'"));
}

TEST(Name, HoldsNoReference) {
  // run.output follows from the name, and parameters may follow from run.output.
  EXPECT_THAT(definition_test::load_text("schema = 1\nname = \"x${params.p}\"\n[params]\np = { type = "
                                         "\"string\", default = \"a\" }\n[stages.a]\nplugin = \"x\"\n")
                  .texts(),
              ElementsAre("2:8 name: name is read before ${...} and cannot hold it"));
}

}  // namespace
