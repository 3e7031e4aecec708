// `ipet run --sweep`: one run after the other, each with a folder of its own.
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::Outcome;
using program_test::toys;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string summing =
    "schema = 1\nname = \"sums\"\n[params]\ncount = { type = \"int\", default = 1 }\n"
    "[stages.n]\nplugin = \"counter\"\noptions.count = \"${params.count}\"\n"
    "[stages.total]\nplugin = \"summer\"\ninputs = \"n\"\n"
    "[stages.keep]\nplugin = \"store\"\ninputs = [\"total\"]\n";

Outcome call(const Folder& folder, const std::string& verb, std::vector<std::string> more = {}) {
  std::vector<std::string> all{verb, "p.toml", "--plugins", toys(), "--plugins", toys("runners")};
  all.insert(all.end(), more.begin(), more.end());
  return ipet(folder, all);
}

TEST(Sweep, RunsEveryPointInAFolderOfItsName) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncount = [2, 4]\n");
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.out,
              StartsWith("== count=2 (1 of 2)\nsum 3\n\n== count=4 (2 of 2)\nsum 10\n\n== sweep"));
  EXPECT_THAT(outcome.error, HasSubstr("results in runs/sums/count=2\n"));
  EXPECT_THAT(outcome.error, HasSubstr("results in runs/sums/count=4\n"));
}

std::string text_of(const Folder& folder, const std::string& name) {
  std::ifstream in(folder.path() + "/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> names_in(const Folder& folder, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/" + name))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

const std::string rows_of_two = "sweep_count,sum,text\n2,3,\"of, \"\"3\"\n4,10,\"of, \"\"10\"\n";

TEST(Sweep, EndsWithATableOfWhatItsRunsFoundWhichIsInAFileBesideThem) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncount = [2, 4]\n");
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.out, EndsWith("sum 10\n\n== sweep over count: 2 of 2 runs\n"
                                    "  count  the sum  text\n"
                                    "      2        3  of, \"3\n"
                                    "      4       10  of, \"10\n"));
  EXPECT_THAT(outcome.error, EndsWith("the table of all runs is in runs/sums/sweep.csv\n"));
  EXPECT_EQ(text_of(folder, "runs/sums/sweep.csv"), rows_of_two);
  // Once more: the same table, and nothing is kept.
  EXPECT_EQ(call(folder, "run", {"--sweep"}).code, 0);
  EXPECT_EQ(text_of(folder, "runs/sums/sweep.csv"), rows_of_two);
  EXPECT_THAT(names_in(folder, "runs/sums"), ::testing::ElementsAre(".ipet-made.json", "sweep.csv"));
}

TEST(Sweep, OfOtherPointsKeepsTheEarlierTable) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncount = [2, 4]\n");
  EXPECT_EQ(call(folder, "run", {"--sweep"}).code, 0);
  const Outcome outcome = call(folder, "run", {"--sweep", "--set", "sweep.count=[2]"});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.error,
              HasSubstr("the earlier sweep.csv is of other content and stays as runs/sums/sweep.csv.1"));
  EXPECT_EQ(text_of(folder, "runs/sums/sweep.csv"), "sweep_count,sum,text\n2,3,\"of, \"\"3\"\n");
  EXPECT_EQ(text_of(folder, "runs/sums/sweep.csv.1"), rows_of_two);
}

TEST(Sweep, ReplacesNoTableThatIsNotItsOwnAndSaysSoBeforeAnythingRuns) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncount = [2, 4]\n");
  std::filesystem::create_directories(folder.path() + "/runs/sums");
  folder.write("runs/sums/sweep.csv", "mine\n");
  Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.error,
              HasSubstr("error: runs/sums/sweep.csv: is in the way and is not replaced: ipet has no "
                        "record of having made it; move it away, or let the runs write elsewhere "
                        "(--output)"));
  EXPECT_EQ(text_of(folder, "runs/sums/sweep.csv"), "mine\n");
  std::filesystem::remove(folder.path() + "/runs/sums/sweep.csv");
  EXPECT_EQ(call(folder, "run", {"--sweep"}).code, 0);
  folder.write("runs/sums/sweep.csv", "edited\n");
  outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("it was changed since ipet made it"));
}

TEST(Sweep, WithARunThatFailsShowsTheOthersAndWritesNoTable) {
  const Folder folder;
  std::string failing = summing;
  failing.insert(failing.find("[stages.total]"), "[stages.odd]\nplugin = \"failing\"\ninputs = \"n\"\n");
  failing.replace(failing.find("inputs = \"n\"", failing.find("[stages.total]")), 12, "inputs = \"odd\"");
  folder.write("p.toml", failing + "[sweep]\ncount = [1, 4]\n");
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  EXPECT_THAT(outcome.out, EndsWith("== sweep over count: 1 of 2 runs\n"
                                    "  count   the sum  text\n"
                                    "      1         1  of, \"1\n"
                                    "      4  (failed)\n"));
  EXPECT_THAT(outcome.error,
              HasSubstr("this table is not written to runs/sums/sweep.csv: not all runs are complete\n"));
  EXPECT_THAT(outcome.error, EndsWith("error: these runs of the sweep failed: count=4\n"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/runs/sums/sweep.csv"));
}

TEST(Sweep, ThatIsInterruptedShowsTheCompleteRunsAndWritesNoTable) {
  const Folder folder;
  std::string with_waiting = summing + "[stages.w]\nplugin = \"counter\"\n";
  with_waiting.replace(with_waiting.find("[\"total\"]"), 9, "[\"total\", \"w\"]");
  folder.write("p.toml", with_waiting + "[sweep]\n\"stages.w.plugin\" = [\"counter\", \"endless\"]\n");
  const Outcome outcome = program_test::ipet_interrupted(
      folder, {"run", "p.toml", "--sweep", "--plugins", toys(), "--plugins", toys("runners")}, "begun");
  EXPECT_EQ(outcome.code, 130) << outcome.error;
  EXPECT_THAT(outcome.out, EndsWith("== sweep over plugin: 1 of 2 runs\n"
                                    "  plugin   the sum  text\n"
                                    "  counter        1  of, \"1\n"));
  EXPECT_THAT(outcome.error,
              HasSubstr("this table is not written to runs/sums/sweep.csv: the sweep was interrupted\n"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/runs/sums/sweep.csv"));
}

TEST(Sweep, WithoutTheFlagTheFileRunsOnceAndSaysSo) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncount = [2, 4]\n");
  const Outcome outcome = call(folder, "run");
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "sum 1\n");
  EXPECT_THAT(outcome.error, HasSubstr("this is one run; --sweep makes the 2 runs of [sweep]"));
}

TEST(Sweep, WithoutASweepInTheFileIsRefused) {
  const Folder folder;
  folder.write("p.toml", summing);
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "error: --sweep: p.toml has no [sweep]\n      | --set 'sweep.NAME=[VALUE, VALUE]' makes one\n");
}

TEST(Sweep, EveryPointIsCheckedBeforeAnyRuns) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\n\"stages.n.options.count\" = [2, 1000]\n");
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.error,
              HasSubstr("p.toml:15:32: error[option-range]: stage 'n': option 'count' is 1000"));
  EXPECT_EQ(call(folder, "validate").code, 2) << "validate checks the points too";
}

TEST(Sweep, OverTimesOfAnOptionHasNumbersInTheUnitOfTheOption) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\n\"stages.n.options.step\" = [\"500 ms\", 1, \"2min\"]\n");
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("== step=0.5 (1 of 3)\n"));
  const std::string one = ",1,\"of, \"\"1\"\n";
  EXPECT_EQ(text_of(folder, "runs/sums/sweep.csv"),
            "sweep_step,sum,text\n0.5" + one + "1" + one + "120" + one);
}

TEST(Sweep, OverOneTimeOfAnOptionInTwoSpellingsIsRefused) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\n\"stages.n.options.step\" = [\"1000ms\", \"1s\"]\n");
  for (const char* verb : {"run", "validate", "plan"}) {
    const Outcome outcome =
        call(folder, verb,
             std::string(verb) == "run" ? std::vector<std::string>{"--sweep"} : std::vector<std::string>{});
    EXPECT_EQ(outcome.code, 2) << verb;
    EXPECT_EQ(outcome.error,
              "p.toml:15:38: error[sweep]: sweep: 'stages.n.options.step': \"1000ms\" and \"1s\" are the "
              "same value\n"
              "   15 | \"stages.n.options.step\" = [\"1000ms\", \"1s\"]\n"
              "      |                                      ^^^^ give one of them\n");
  }
}

TEST(Sweep, OverTimesOfAComponentsOptionHasNumbersInItsUnit) {
  const Folder folder;
  const std::string fitting =
      "schema = 1\n[stages.n]\nplugin = \"counter\"\n[stages.f]\nplugin = \"fitter\"\ninputs = \"n\"\n"
      "options.formula = { name = \"power\" }\n[stages.keep]\nplugin = \"store\"\ninputs = \"f\"\n";
  folder.write("p.toml",
               fitting + "[sweep]\n\"stages.f.options.formula.period\" = [\"60 min\", \"2h\", \"1 h\"]\n");
  EXPECT_THAT(call(folder, "validate").error,
              StartsWith("p.toml:12:54: error[sweep]: sweep: 'stages.f.options.formula.period': \"60 min\" "
                         "and \"1 h\" are the same value\n"));
}

TEST(Sweep, OverAPluginAndATimeThatTwoPluginsMeasureInOtherUnitsLeavesTheTimeAsItIsWritten) {
  const Folder folder;
  folder.write("p.toml", summing +
                             "[sweep]\n\"stages.n.plugin\" = [\"counter\", \"slow_counter\"]\n"
                             "\"stages.n.options.step\" = [\"1 min\", \"30 s\"]\n");
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("== plugin=counter,step=1-min (1 of 4)\n"));
}

TEST(Sweep, WithAValueOutOfRangeSaysWhichRunHasItByItsFolder) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\n\"stages.n.options.count\" = [2, 1000]\n\"run.seed\" = [7]\n");
  EXPECT_EQ(
      call(folder, "validate").error,
      "p.toml:15:32: error[option-range]: stage 'n': option 'count' is 1000, must be between 1 and 100\n"
      "   15 | \"stages.n.options.count\" = [2, 1000]\n"
      "      |                                ^^^^ in run 'count=1000,seed=7' of the sweep\n");
}

TEST(Sweep, AWrongAxisIsReportedOnceAtItsPlace) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncout = [2, 3]\n");
  const Outcome outcome = call(folder, "validate");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("p.toml:15:9: error[unknown-param]: no parameter 'cout'"));
  EXPECT_THAT(outcome.error, HasSubstr("did you mean 'count'?"));
  EXPECT_EQ(outcome.error.find("error["), outcome.error.rfind("error["));
}

TEST(Sweep, AsksForNoPluginThatNoneOfItsRunsUses) {
  const Folder folder;
  std::string other = summing;
  other.replace(other.find("\"counter\""), 9, "\"absent\"");
  folder.write("p.toml", other + "[sweep]\n\"stages.n.plugin\" = [\"counter\"]\n");
  const Outcome outcome = call(folder, "run", {"--sweep"});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, Not(HasSubstr("absent")));
  EXPECT_THAT(call(folder, "run").error, HasSubstr("error[unknown-plugin]: no plugin 'absent'"))
      << "which the file's own run does";
}

TEST(Sweep, WithoutTheFlagAndWithoutAValueIsRefusedBeforeAnyPluginIsAskedFor) {
  const Folder folder;
  folder.write(
      "p.toml",
      "schema = 1\n[params]\nwhat = { type = \"string\" }\n[stages.n]\nplugin = \"${params.what}\"\n"
      "[stages.keep]\nplugin = \"store\"\ninputs = [\"n\"]\n[sweep]\nwhat = [\"absent\", \"counter\"]\n");
  const Outcome outcome = call(folder, "run");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "p.toml:3:1: error[missing-param]: parameter 'what' has no value but those of [sweep]\n"
            "    3 | what = { type = \"string\" }\n"
            "      | ^^^^ run the sweep with --sweep, or set it with --set what=...\n");
}

TEST(Sweep, WarnsOnceOfWhatAllItsRunsHave) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncount = [2, 4]\n");
  const std::string error = call(folder, "run", {"--sweep", "--threads", "4096"}).error;
  EXPECT_THAT(error, HasSubstr("--threads 4096: warning[threads]: 4096 threads are more than"));
  EXPECT_EQ(error.find("warning["), error.rfind("warning["));
}

TEST(Sweep, OverTheFolderOfTheResultsIsRefused) {
  for (const auto& [more, axis, place] : std::vector<std::array<std::string, 3>>{
           {"[sweep]\ncount = [1, 2]\n\"run.output\" = [\"a\", \"b\"]\n", "run.output", "p.toml:16:1"},
           {"[run]\noutput = \"${params.at}/x\"\n[sweep]\nat = [\"a\", \"b\"]\ncount = [1, 2]\n", "at",
            "p.toml:18:1"}}) {
    const Folder folder;
    std::string text = summing;
    if (axis == "at") text.insert(text.find("count ="), "at = { type = \"path\", default = \"z\" }\n");
    folder.write("p.toml", text + more);
    const std::string x = axis == "at" ? "/x" : "";
    for (const char* verb : {"run", "validate"}) {
      const Outcome outcome =
          call(folder, verb,
               std::string(verb) == "run" ? std::vector<std::string>{"--sweep"} : std::vector<std::string>{});
      EXPECT_EQ(outcome.code, 2) << verb;
      EXPECT_THAT(outcome.error, StartsWith(place + ": error[sweep]: sweep: '" + axis +
                                            "' would put the runs below several folders ('a" + x + "', 'b" +
                                            x + "'), and each has a folder of its name below one\n"));
      EXPECT_THAT(outcome.error,
                  HasSubstr("leave it out of the sweep; --output DIR says where all of them go\n"));
    }
    EXPECT_EQ(call(folder, "run", {"--sweep", "--set", "sweep." + axis + "=[\"a\"]"}).code, 0)
        << "one folder is one";
    EXPECT_THAT(names_in(folder, "."), ::testing::ElementsAre("a", "p.toml"));
  }
}

}  // namespace
