// What a pipeline file may ask for: beyond, one error with its place, at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/definition/sweep.hpp"
#include "tests/definition/files.hpp"

namespace {

using definition_test::Files;
using definition_test::load_file;
using definition_test::load_text;
using definition_test::Loaded;
using ipet::Problems;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string stage = "[stages.a]\nplugin = \"x\"\n";

/// `count` numbers as a TOML list.
std::string list(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i == 0 ? "[" : ", ") + std::to_string(i);
  return out + "]";
}

std::vector<std::string> sweep_problems(const std::string& sweep) {
  const Loaded loaded = load_text("schema = 1\n" + stage + "[sweep]\n" + sweep);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  Problems problems;
  EXPECT_THAT(ipet::definition::sweep_points(loaded.definition.sweep, {}, problems), IsEmpty());
  std::vector<std::string> out;
  for (const auto& problem : problems)
    out.push_back(std::to_string(problem.where.line) + " " + problem.message);
  return out;
}

TEST(Limit, OfRunsIsToldWithTheirNumberAndNotCountedOut) {
  std::string axes;
  for (const char axis : {'a', 'b', 'c', 'd', 'e', 'f'})
    axes += std::string(1, axis) + " = " + list(100) + "\n";
  EXPECT_THAT(sweep_problems(axes), ElementsAre("5 sweep: 1000000000000 runs, more than 10000"));
  for (const char axis : {'g', 'h', 'i', 'j', 'k'}) axes += std::string(1, axis) + " = " + list(100) + "\n";
  // 10^22 does not fit into 64 bits.
  EXPECT_THAT(sweep_problems(axes), ElementsAre("5 sweep: more than 10^18 runs, more than 10000"));
}

TEST(Limit, OfRunsLetsTenThousandPass) {
  const Loaded loaded =
      load_text("schema = 1\n" + stage + "[sweep]\na = " + list(100) + "\nb = " + list(100) + "\n");
  Problems problems;
  EXPECT_EQ(ipet::definition::sweep_points(loaded.definition.sweep, {}, problems).size(), 10'000U);
  EXPECT_THAT(problems, IsEmpty());
}

TEST(Limit, OfTheNameOfARunsFolder) {
  EXPECT_THAT(
      sweep_problems("a = [\"" + std::string(256, 'v') + "\"]\n"),
      ElementsAre("5 sweep: a value of 256 bytes cannot be part of the name of a run's folder, which has at "
                  "most 255"));
  EXPECT_THAT(
      sweep_problems("a = [\"" + std::string(200, 'v') + "\"]\nb = [\"" + std::string(200, 'w') + "\"]\n"),
      ElementsAre(EndsWith("a name of 405 bytes; 255 are possible")));
}

TEST(Limit, OfIncludesInsideEachOther) {
  const Files files;
  for (int i = 0; i < 20; ++i)
    files.write(std::to_string(i) + ".toml",
                "schema = 1\ninclude = [\"" + std::to_string(i + 1) + ".toml\"]\n");
  files.write("20.toml", stage);
  const Loaded loaded = load_file(files.path("0.toml"));
  EXPECT_THAT(loaded.texts(), ElementsAre("2:12 include: files include each other more than 16 deep"));
  EXPECT_EQ(*loaded.problems.at(0).where.file, files.path("16.toml"));
  EXPECT_THAT(load_file(files.path("4.toml")).texts(), IsEmpty());  // 16 files behind it
}

TEST(Limit, OfFilesThatAreIncludedCountsThoseReachedOnManyWays) {
  const Files files;
  // 2^12 ways to the last one.
  for (int i = 0; i < 12; ++i) {
    const std::string next = "\"" + std::to_string(i + 1) + ".toml\"";
    files.write(std::to_string(i) + ".toml", "schema = 1\ninclude = [" + next + ", " + next + "]\n");
  }
  files.write("12.toml", stage);
  EXPECT_THAT(load_file(files.path("0.toml")).texts(),
              ElementsAre(HasSubstr("include: more than 100 files are included")));
}

TEST(Limit, OfStringsThatGrowThroughParameters) {
  std::string params = "schema = 1\n[params]\np00 = { type = \"string\", default = \"ha\" }\n";
  for (int i = 1; i < 30; ++i) {
    const auto name = [](int n) { return std::string(n < 10 ? "p0" : "p") + std::to_string(n); };
    const std::string before = "${params." + name(i - 1) + "}";
    params += name(i) + " = { type = \"string\", default = \"" + before + before + "\" }\n";
  }
  // p15 has 2^16 bytes. p16 is in line 19, its second reference begins at character 50.
  EXPECT_THAT(load_text(params + stage).texts(),
              ElementsAre("19:50 too-long: the string has more than 65536 bytes with its ${...} replaced"));
}

TEST(Limit, OfAllStringsTogether) {
  std::string text = "schema = 1\n[params]\nlong = { type = \"string\", default = \"" +
                     std::string(60'000, 'x') + "\" }\n" + stage + "options.all = [\n";
  for (int i = 0; i < 400; ++i) text += "\"${params.long}\",\n";
  // The 280th is one too many: 279 * 60,000 < 2^24.
  EXPECT_THAT(load_text(text + "]\n").texts().at(0),
              "286:2 too-long: the strings have more than 16777216 bytes with their ${...} replaced");
}

TEST(Limit, OfParametersThatReferToEachOther) {
  std::string text = "schema = 1\n[params]\n";
  for (int i = 0; i < 500; ++i)
    text += "p" + std::to_string(1000 + i) + " = { type = \"int\", default = \"${params.p" +
            std::to_string(1001 + i) + "}\" }\n";
  text += "p1500 = { type = \"int\", default = 7 }\n";
  EXPECT_THAT(load_text(text + stage).texts().at(0),
              EndsWith(" reference: references of more than 32 levels"));
}

TEST(Limit, OfParametersAndStagesAndInputs) {
  std::string params = "schema = 1\n[params]\n", stages = "schema = 1\n", inputs;
  for (int i = 0; i <= 1000; ++i) {
    params += "p" + std::to_string(i) + " = { type = \"int\", default = 1 }\n";
    stages += "[stages.s" + std::to_string(i) + "]\nplugin = \"x\"\n";
    inputs += "\"b\", ";
  }
  EXPECT_THAT(load_text(params + stage).texts(),
              ElementsAre("2:2 too-many: 1001 parameters, more than 1000"));
  EXPECT_THAT(load_text(stages).texts(), ElementsAre("2002:9 too-many: 1001 stages, more than 1000"));
  EXPECT_THAT(load_text("schema = 1\n" + stage + "inputs = [" + inputs + "]\n").texts(),
              ElementsAre("4:1 too-many: stage 'a': 1001 inputs, more than 1000"));
}

TEST(Limit, OfTheFilesSize) {
  const Files files;
  const std::string file = files.write("p.toml", "schema = 1\n#" + std::string(1U << 20U, 'x') + "\n");
  EXPECT_THAT(load_file(file).texts(),
              ElementsAre(file + " too-large: is larger than 1 MiB, as no file of this kind is"));
}

TEST(Limit, OfProblemsThatAreShown) {
  std::string text = "schema = 1\n";
  for (int i = 0; i < 57; ++i) text += "x" + std::to_string(i) + " = 1\n";
  const Loaded loaded = load_text(text + stage);
  EXPECT_EQ(loaded.problems.size(), 57U);
  const std::string shown = ipet::definition::format_problems(loaded.problems, "error");
  EXPECT_THAT(shown, HasSubstr("no key 'x19'"));
  EXPECT_THAT(shown, Not(HasSubstr("no key 'x20'")));
  EXPECT_THAT(shown, EndsWith("\nand 37 more errors\n"));
}

// As many wrong things as fit into a file: the time grows with the file, not with its square.
TEST(Limit, OfWorkForAFileFullOfMistakes) {
  std::string keys = "schema = 1\n", references = "schema = 1\n" + stage + "options.all = [\n";
  for (int i = 0; keys.size() < 1'000'000; ++i) keys += "x" + std::to_string(i) + "=1\n";
  while (references.size() < 1'000'000) references += "\"${y}\",\n";
  EXPECT_GT(load_text(keys + stage).problems.size(), 90'000U);
  EXPECT_GT(load_text(references + "]\n").problems.size(), 1000U);
}

TEST(Name, OfBlanksOrControlCharactersIsNone) {
  const auto texts = [](const std::string& name) {
    return load_text("schema = 1\nname = " + name + "\n" + stage).texts();
  };
  EXPECT_THAT(texts("\"  \""),
              ElementsAre("2:8 name: '  ' is no name: no control characters, not blanks alone"));
  EXPECT_THAT(texts("\"a\\u001b[2J\""),
              ElementsAre("2:8 name: 'a\\x1b[2J' is no name: no control characters, not blanks alone"));
  EXPECT_THAT(load_text("schema = 1\n[stages.\"  \"]\nplugin = \"x\"\n").texts(),
              ElementsAre("2:9 stage-id: '  ' is no stage id"));
  EXPECT_THAT(load_text("schema = 1\n[stages.a]\nplugin = \" \"\n").texts(),
              ElementsAre("3:10 wrong-type: stage 'a': plugin takes a name, not \" \""));
}

}  // namespace
