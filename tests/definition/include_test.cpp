// include = [...].
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::Files;
using definition_test::load_file;
using definition_test::Loaded;
using definition_test::option;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Include, ComesFirstAndTheIncludingFileWins) {
  const Files files;
  files.write("parts/base.toml",
              "name = \"part\"\n[stages.z]\nplugin = \"x\"\noptions = { a = 1, b = 2 }\n[stages.y]\nplugin = "
              "\"x\"\n");
  const std::string main = files.write(
      "main.toml",
      "schema = 1\ninclude = [\"parts/base.toml\"]\n[stages.a]\nplugin = \"x\"\n[stages.z]\noptions.b = 3\n");
  const Loaded loaded = load_file(main);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  ASSERT_EQ(loaded.definition.stages.size(), 3u);
  EXPECT_EQ(loaded.definition.stages[0].id, "z");
  EXPECT_EQ(loaded.definition.stages[1].id, "y");
  EXPECT_EQ(loaded.definition.stages[2].id, "a");
  EXPECT_EQ(option(loaded.definition, "z", "a"), "1");
  EXPECT_EQ(option(loaded.definition, "z", "b"), "3");
  EXPECT_EQ(loaded.definition.name, "main");
}

TEST(Include, KeepsThePlacesOfItsOwnFile) {
  const Files files;
  const std::string part = files.write("parts/base.toml", "[stages.z]\nplugin = \"x\"\nbogus = 1\n");
  const std::string main = files.write("main.toml", "schema = 1\ninclude = [\"parts/base.toml\"]\n");
  const Loaded loaded = load_file(main);
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].where.text(), part + ":3:1");
}

TEST(Include, OfAMissingFileIsAnError) {
  const Files files;
  const std::string main = files.write("main.toml", "schema = 1\ninclude = [\"none.toml\"]\n");
  EXPECT_THAT(load_file(main).texts(),
              ElementsAre("2:12 include: included file '" + files.path("none.toml") + "' does not exist"));
}

TEST(Include, OfWhatCannotBeReadIsAnErrorWhereItIsIncluded) {
  const Files files;
  files.write("folder/x.toml", "");
  ASSERT_EQ(::mkfifo(files.path("pipe").c_str(), 0600), 0);
  const auto texts = [&](const std::string& name) {
    return load_file(files.write("main.toml", "schema = 1\ninclude = [\"" + name + "\"]\n")).texts();
  };
  const auto cannot = [](const std::string& file, const std::string& reason) {
    return ElementsAre("2:12 include: included file '" + file + "' cannot be read: " + reason);
  };
  EXPECT_THAT(texts("folder"), cannot(files.path("folder"), "it is a folder"));
  EXPECT_THAT(texts("pipe"), cannot(files.path("pipe"), "it is a pipe"));
  EXPECT_THAT(texts("a\\u0000b"), ElementsAre("2:12 include: an included file's name cannot hold a NUL"));
  // Even root gets an error when reading this one.
  EXPECT_THAT(texts("/proc/self/mem"), cannot("/proc/self/mem", "Input/output error"));
}

TEST(Include, CycleIsAnError) {
  const Files files;
  const std::string main = files.write("main.toml", "schema = 1\ninclude = [\"b.toml\"]\n");
  const std::string other = files.write("b.toml", "include = [\"main.toml\"]\n");
  EXPECT_THAT(load_file(main).texts(), ElementsAre("1:12 include: files include each other: " + main +
                                                   " -> " + other + " -> " + main));
}

TEST(Include, OfTheSameKeyByTwoFilesIsAnError) {
  const Files files;
  files.write("a.toml", "[stages.s]\nplugin = \"x\"\n");
  files.write("b.toml", "[stages.s]\nplugin = \"y\"\n");
  const std::string main = files.write("main.toml", "schema = 1\ninclude = [\"a.toml\", \"b.toml\"]\n");
  const Loaded loaded = load_file(main);
  EXPECT_THAT(loaded.texts(), ElementsAre("2:1 duplicate-key: 'plugin' is defined by two included files"));
  EXPECT_EQ(loaded.problems.at(0).hint, "the other is at " + files.path("a.toml") + ":2:1");
}

TEST(Include, OfOneFileOnTwoWaysIsNone) {
  const Files files;
  files.write("common.toml", "[params]\nn = { type = \"int\", default = 1 }\n");
  files.write("a.toml", "include = [\"common.toml\"]\n[stages.a]\nplugin = \"x\"\n");
  files.write("b.toml", "include = [\"common.toml\"]\n[stages.b]\nplugin = \"x\"\n");
  const std::string main = files.write("main.toml", "schema = 1\ninclude = [\"a.toml\", \"b.toml\"]\n");
  const Loaded loaded = load_file(main);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  EXPECT_EQ(loaded.definition.stages.size(), 2u);
}

TEST(Include, OfInvalidTomlIsReportedAlone) {
  const Files files;
  files.write("a.toml", "x = = 1\n");
  const std::string main = files.write("main.toml", "schema = 1\ninclude = [\"a.toml\"]\nbogus = 1\n");
  const Loaded loaded = load_file(main);
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].code, "invalid-toml");
  EXPECT_EQ(loaded.problems[0].where.text(), files.path("a.toml") + ":1:5");
}

}  // namespace
