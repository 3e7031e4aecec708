// `ipet run --sweep`: one run after the other, each with a folder of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::Outcome;
using program_test::toys;
using ::testing::HasSubstr;
using ::testing::Not;

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
  EXPECT_EQ(outcome.out, "== count=2 (1 of 2)\nsum 3\n\n== count=4 (2 of 2)\nsum 10\n");
  EXPECT_THAT(outcome.error, HasSubstr("results in runs/sums/count=2\n"));
  EXPECT_THAT(outcome.error, HasSubstr("results in runs/sums/count=4\n"));
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

TEST(Sweep, AWrongAxisIsReportedOnceAtItsPlace) {
  const Folder folder;
  folder.write("p.toml", summing + "[sweep]\ncout = [2, 3]\n");
  const Outcome outcome = call(folder, "validate");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("p.toml:15:9: error[unknown-param]: no parameter 'cout'"));
  EXPECT_THAT(outcome.error, HasSubstr("did you mean 'count'?"));
  EXPECT_EQ(outcome.error.find("error["), outcome.error.rfind("error["));
}

}  // namespace
