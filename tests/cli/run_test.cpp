// `ipet run`: what it prints where, and its exit codes.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::Outcome;
using program_test::toys;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::vector<std::string> run(std::vector<std::string> more = {}) {
  std::vector<std::string> out{"run", "p.toml", "--plugins", toys(), "--plugins", toys("runners"), "-j", "2"};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

void write_summing(const Folder& folder) {
  folder.write("p.toml",
               "schema = 1\nname = \"sums\"\n[stages.n]\nplugin = \"counter\"\noptions.count = 4\n"
               "[stages.total]\nplugin = \"summer\"\ninputs = \"n\"\n"
               "[stages.keep]\nplugin = \"store\"\ninputs = [\"total\"]\n");
}

TEST(Run, PrintsResultsOnStandardOutputAndTheRestOnStandardError) {
  const Folder folder;
  write_summing(folder);
  const Outcome outcome = ipet(folder, run());
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "sum 10\n");  // 4 + 3 + 2 + 1
  EXPECT_THAT(outcome.error, HasSubstr("total: adding up\n"));
  EXPECT_THAT(outcome.error, HasSubstr("sums: done in "));
  EXPECT_THAT(outcome.error, HasSubstr("; results in runs/sums\n"));
  EXPECT_EQ(outcome.error.find('\x1b'), std::string::npos) << "no terminal, no escape sequences";
}

TEST(Run, UntilAStageLeavesTheRestOut) {
  const Folder folder;
  write_summing(folder);
  const Outcome outcome = ipet(folder, run({"--until", "n"}));
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "");
}

TEST(Run, TakesTheOutputFolderFromTheCommandLine) {
  const Folder folder;
  write_summing(folder);
  const Outcome outcome = ipet(folder, run({"--output", "elsewhere"}));
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("results in elsewhere\n"));
}

TEST(Run, OfAFailingStageEndsWithCodeOneAndNamesStageAndCause) {
  const Folder folder;
  folder.write(
      "p.toml",
      "schema = 1\n[stages.n]\nplugin = \"counter\"\n[stages.picky]\nplugin = \"failing\"\ninputs = \"n\"\n"
      "[stages.keep]\nplugin = \"store\"\ninputs = [\"picky\"]\n");
  const Outcome outcome = ipet(folder, run());
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.error, HasSubstr("error: "));
  EXPECT_THAT(outcome.error, HasSubstr("picky"));
  EXPECT_THAT(outcome.error, HasSubstr("two is not allowed"));
}

TEST(Run, TakesTheTildeOfAPathForTheHomeFolder) {
  const Folder folder;
  folder.write("p.toml",
               "schema = 1\n[stages.n]\nplugin = \"counter\"\noptions.count = 3\n"
               "[stages.keep]\nplugin = \"keeper\"\ninputs = [\"n\"]\noptions.file = \"~/kept\"\n");
  const char* home = std::getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  ::setenv("HOME", folder.path().c_str(), 1);
  EXPECT_EQ(ipet(folder, run()).code, 0);
  std::ifstream kept(folder.path() + "/kept");
  std::string line;
  std::getline(kept, line);
  EXPECT_EQ(line, "3 numbers");
  ::unsetenv("HOME");
  const Outcome outcome = ipet(folder, run());
  if (home != nullptr) ::setenv("HOME", before.c_str(), 1);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.error,
              HasSubstr("p.toml:8:16: error[option-value]: stage 'keep': option 'file': '~' stands for the "
                        "folder in the environment variable HOME, which is not set\n"));
}

TEST(Run, ThatIsInterruptedDrainsAndEndsWithCode130) {
  const Folder folder;
  folder.write(
      "p.toml",
      "schema = 1\n[stages.n]\nplugin = \"endless\"\n[stages.keep]\nplugin = \"store\"\ninputs = [\"n\"]\n");
  const Outcome outcome = program_test::ipet_interrupted(folder, run(), "begun");
  EXPECT_EQ(outcome.code, 130) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("p: interrupted after "));
}

}  // namespace
