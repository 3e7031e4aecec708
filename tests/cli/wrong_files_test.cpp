// What a wrong pipeline file gets: text, place and exit code, from the program itself.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Outcome;
using program_test::validate;

TEST(WrongFile, MisspeltOptionNamesTheNearestAndWhatThereIs) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[stages.numbers]\n"
      "plugin = \"counter\"\n"
      "options.cuont = 4\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"numbers\"]\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:4:9: error[unknown-option]: stage 'numbers': no option 'cuont'\n"
            "    4 | options.cuont = 4\n"
            "      |         ^^^^^ did you mean 'count'?  counter has: count, mode, step\n");
  EXPECT_EQ(outcome.out, "");
}

TEST(WrongFile, WrongTypeShowsTheValue) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[stages.numbers]\n"
      "plugin = \"counter\"\n"
      "options = { step = 0.5, count = \"four\" }\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"numbers\"]\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:4:33: error[option-type]: stage 'numbers': option 'count' takes int, not string "
            "\"four\"\n"
            "    4 | options = { step = 0.5, count = \"four\" }\n"
            "      |                                 ^^^^^^\n");
}

TEST(WrongFile, ValueOutOfRangeSaysTheRange) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[stages.numbers]\n"
      "plugin = \"counter\"\n"
      "options.count = 101\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"numbers\"]\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:4:17: error[option-range]: stage 'numbers': option 'count' is 101, must be "
            "between 1 and 100\n"
            "    4 | options.count = 101\n"
            "      |                 ^^^\n");
}

TEST(WrongFile, UnknownPluginListsStages) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[stages.numbers]\n"
      "plugin = \"conter\"\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"numbers\"]\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.error.find(
                "pipeline.toml:3:10: error[unknown-plugin]: no plugin 'conter'\n"
                "    3 | plugin = \"conter\"\n"
                "      |          ^^^^^^^^ did you mean 'counter'?  stages: counter, doubler, fitter, "),
            std::string::npos)
      << outcome.error;
}

TEST(WrongFile, AModelIsNoStage) {
  const Outcome outcome = validate("schema = 1\n[stages.a]\nplugin = \"power\"\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:3:10: error[unknown-plugin]: 'power' is a formula, not a stage\n"
            "    3 | plugin = \"power\"\n"
            "      |          ^^^^^^^ it is named by an option of a stage\n");
}

TEST(WrongFile, CycleNamesTheStagesOnIt) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[stages.first]\n"
      "plugin = \"doubler\"\n"
      "inputs = [\"third\"]\n"
      "[stages.second]\n"
      "plugin = \"doubler\"\n"
      "inputs = [\"first\"]\n"
      "[stages.third]\n"
      "plugin = \"doubler\"\n"
      "inputs = [\"second\"]\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"third\"]\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:4:11: error[cycle]: stages feed each other: first -> second -> third -> first\n"
            "    4 | inputs = [\"third\"]\n"
            "      |           ^^^^^^^\n");
}

TEST(WrongFile, UnconnectedInputSaysWhatItTakes) {
  const Outcome outcome = validate(
      "schema = 1\n[stages.keep]\nplugin = \"doubler\"\n[stages.s]\nplugin = \"store\"\ninputs = \"keep\"\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:2:9: error[unconnected-input]: stage 'keep': input 'in' is not connected\n"
            "    2 | [stages.keep]\n"
            "      |         ^^^^ it takes number/1\n");
}

TEST(WrongFile, PortTypeMismatchNamesBothEndsWithTheirTypes) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[stages.numbers]\n"
      "plugin = \"counter\"\n"
      "[stages.fit]\n"
      "plugin = \"fitter\"\n"
      "inputs = \"numbers\"\n"
      "[stages.twice]\n"
      "plugin = \"doubler\"\n"
      "inputs = [\"fit\"]\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"twice\"]\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:9:11: error[port-type]: 'fit' gives number_set/1, 'twice.in' takes number/1\n"
            "    9 | inputs = [\"fit\"]\n"
            "      |           ^^^^^\n");
}

TEST(WrongFile, UnknownParameterPointsIntoTheString) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[params]\n"
      "count = { type = \"int\", default = 3 }\n"
      "[stages.numbers]\n"
      "plugin = \"counter\"\n"
      "options.count = \"${params.cuont}\"\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"numbers\"]\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:6:18: error[unknown-param]: no parameter 'cuont'\n"
            "    6 | options.count = \"${params.cuont}\"\n"
            "      |                  ^^^^^^^^^^^^^^^ did you mean '${params.count}'?  there are: "
            "params.count, run.memory_mib, run.output, run.seed, run.threads\n");
}

TEST(WrongFile, InputsThatAreNoReferencesGiveNoFurtherErrors) {
  for (const std::string inputs : {"5", "[\"no such\"]", "\"${params.none}\"", "{ in = true }"}) {
    const Outcome outcome =
        validate("schema = 1\n[stages.keep]\nplugin = \"store\"\ninputs = " + inputs + "\n");
    EXPECT_EQ(outcome.code, 2);
    const std::size_t first = outcome.error.find("error[");
    EXPECT_NE(first, std::string::npos) << inputs;
    EXPECT_EQ(outcome.error.find("error[", first + 1), std::string::npos) << outcome.error;
  }
}

TEST(WrongFile, DuplicateKeyPointsAtTheSecond) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "[stages.numbers]\n"
      "plugin = \"counter\"\n"
      "options.count = 3\n"
      "options.count = 4\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:5:9: error[duplicate-key]: 'options.count' is defined twice\n"
            "    5 | options.count = 4\n"
            "      |         ^^^^^ it already has a value above\n");
}

TEST(WrongFile, TheSameStageTwiceIsADuplicateKey) {
  const Outcome outcome =
      validate("schema = 1\n[stages.a]\nplugin = \"counter\"\n[stages.a]\nplugin = \"store\"\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:4:9: error[duplicate-key]: 'stages.a' is defined twice\n"
            "    4 | [stages.a]\n"
            "      |         ^ it already has a value above\n");
}

TEST(WrongFile, InvalidTomlIsReportedAlone) {
  const Outcome outcome = validate("schema = 1\n[stages.numbers]\nplugin = counter\nbogus = 1\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error.rfind("pipeline.toml:3:10: error[invalid-toml]: ", 0), 0u) << outcome.error;
  EXPECT_NE(outcome.error.find("    3 | plugin = counter\n      |          ^"), std::string::npos)
      << outcome.error;
  EXPECT_EQ(outcome.error.find("error[", outcome.error.find("error[") + 1), std::string::npos)
      << outcome.error;
}

TEST(WrongFile, AllProblemsAreReportedAtOnceInTheOrderOfTheFile) {
  const Outcome outcome = validate(
      "schema = 1\n"
      "colour = \"red\"\n"
      "[stages.numbers]\n"
      "plugin = \"counter\"\n"
      "options = { count = 0, cuont = 1, mode = \"${params.mode}\" }\n"
      "[stages.twice]\n"
      "plugin = \"dubler\"\n"
      "inputs = [\"number\"]\n"
      "[stages.fit]\n"
      "plugin = \"fitter\"\n"
      "[stages.keep]\n"
      "plugin = \"store\"\n"
      "inputs = [\"twice\", \"fit\"]\n"
      "options.x = 1\n");
  EXPECT_EQ(outcome.code, 2);
  std::vector<std::string> heads;
  for (std::size_t at = outcome.error.find("error["); at != std::string::npos;
       at = outcome.error.find("error[", at + 1)) {
    const std::size_t begin = outcome.error.rfind('\n', at) + 1;
    heads.push_back(outcome.error.substr(begin, outcome.error.find(']', at) + 1 - begin));
  }
  const std::vector<std::string> expected{
      "pipeline.toml:2:1: error[unknown-key]",       "pipeline.toml:5:21: error[option-range]",
      "pipeline.toml:5:24: error[unknown-option]",   "pipeline.toml:5:43: error[unknown-param]",
      "pipeline.toml:7:10: error[unknown-plugin]",   "pipeline.toml:8:11: error[unknown-stage]",
      "pipeline.toml:9:9: error[unconnected-input]", "pipeline.toml:14:9: error[unknown-option]"};
  EXPECT_EQ(heads, expected) << outcome.error;
}

TEST(WrongFile, ReservedKeysAndLaterTablesAreRefused) {
  const Outcome outcome =
      validate("schema = 1\n[stages.a]\nplugin = \"counter\"\nwhen = true\n[[tests]]\nname = \"t\"\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.error.find("pipeline.toml:4:1: error[reserved-key]: stage 'a': 'when' is reserved"),
            std::string::npos);
  EXPECT_NE(outcome.error.find("pipeline.toml:5:3: error[not-supported]: 'tests' is not supported"),
            std::string::npos);
}

TEST(WrongFile, ANewerSchemaIsRefused) {
  const Outcome outcome = validate("schema = 2\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "pipeline.toml:1:10: error[schema]: schema 2 is newer than this ipet, which reads schema 1\n"
            "    1 | schema = 2\n"
            "      |          ^\n");
}

TEST(WrongFile, AMissingFileSaysWhy) {
  const program_test::Folder folder;
  const Outcome outcome = program_test::ipet(folder, {"validate", "nothing.toml"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "nothing.toml: error[cannot-read]: cannot be read: No such file or directory\n"
            "      | the path begins at " +
                folder.path() + "\n");
}

}  // namespace
