// What Ctrl-C, SIGTERM, SIGHUP and a closed output do to `ipet run`.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet_with;
using program_test::Outcome;
using program_test::Setting;
using program_test::toys;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> arguments = {"run",       "p.toml",        "--plugins", toys(),
                                            "--plugins", toys("runners"), "-j",        "2"};

/// A stage, and what keeps its output.
void write_pipeline(const Folder& folder, const std::string& stage, const std::string& more = {}) {
  folder.write("p.toml", "schema = 1\n[stages.work]\nplugin = \"" + stage +
                             "\"\n[stages.keep]\nplugin = \"keeper\"\ninputs = [\"work\"]\n"
                             "options.file = \"count.txt\"\n" +
                             more);
}

std::string contents(const Folder& folder, const std::string& name) {
  std::ifstream file(folder.path() + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One stage under one setting.
struct OneRun {
  OneRun(const std::string& stage, const Setting& setting, const std::string& more = {}) {
    write_pipeline(folder, stage, more);
    outcome = ipet_with(setting, folder, arguments);
  }
  [[nodiscard]] std::string kept() const { return contents(folder, "count.txt"); }

  Folder folder;
  Outcome outcome;
};

Setting with(std::vector<int> signals) {
  Setting setting;
  setting.signals = std::move(signals);
  return setting;
}

TEST(Signals, WhilePluginsAreLoadedEndTheProcessWithOneLine) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    for (const char* verb : {"run", "validate"}) {
      const Folder folder;
      write_pipeline(folder, "slow_to_load");
      const Outcome outcome = ipet_with(
          with({signal}), folder, {verb, "p.toml", "--plugins", toys("slow_to_load"), "--plugins", toys()});
      EXPECT_EQ(outcome.code, 130) << verb << outcome.error;
      EXPECT_EQ(outcome.error, "interrupted before a run began: nothing was written\n");
      EXPECT_EQ(outcome.out, "");
    }
  }
}

TEST(Signals, InASweepTellWhichRunsAreDoneAndWhichAreLeft) {
  const Folder folder;
  write_pipeline(folder, "patient",
                 "[sweep]\n\"stages.work.plugin\" = [\"counter\", \"patient\", \"stubborn\", \"endless\"]\n");
  std::vector<std::string> words = arguments;
  words.emplace_back("--sweep");
  const Outcome outcome = ipet_with(with({SIGINT}), folder, words);
  EXPECT_EQ(outcome.code, 130) << outcome.error;
  EXPECT_THAT(
      outcome.error,
      EndsWith("\nsweep: interrupted in plugin=patient (2 of 4)\n"
               "sweep: 1 done: plugin=counter\n"
               "sweep: 2 not begun: plugin=stubborn; plugin=endless\n"
               "sweep: the same command begins with the first run again; what is left is the sweep --set "
               "'sweep.stages.work.plugin=[\"patient\", \"stubborn\", \"endless\"]'\n"));
}

TEST(Signals, InASweepTellWhichRunsHaveFailed) {
  const Folder folder;
  write_pipeline(folder, "patient", "[sweep]\n\"run.seed\" = [1, 2, 3]\n");
  folder.write("runs/p/seed=1", "a file where the first run's folder would be");
  std::vector<std::string> words = arguments;
  words.emplace_back("--sweep");
  const Outcome outcome = ipet_with(with({SIGINT}), folder, words);
  EXPECT_EQ(outcome.code, 130) << outcome.error;
  EXPECT_THAT(outcome.error,
              EndsWith("\nsweep: interrupted in seed=2 (2 of 3)\nsweep: 1 failed: seed=1\n"
                       "sweep: 1 not begun: seed=3\n"
                       "sweep: the same command begins with the first run again; what is left is "
                       "the sweep --set 'sweep.run.seed=[2, 3]'\n"));
}

TEST(Signals, InTheFirstRunOfASweepNameAllOfThemAndNoOtherCommand) {
  const Folder folder;
  write_pipeline(folder, "patient", "[sweep]\n\"run.seed\" = [1, 2]\n");
  std::vector<std::string> words = arguments;
  words.emplace_back("--sweep");
  const Outcome outcome = ipet_with(with({SIGINT}), folder, words);
  EXPECT_EQ(outcome.code, 130) << outcome.error;
  EXPECT_THAT(outcome.error, EndsWith("\nsweep: interrupted in seed=1 (1 of 2)\nsweep: 1 not begun: seed=2\n"
                                      "sweep: the same command begins with the first run again\n"));
}

TEST(Signals, TheFirstCtrlCStopsATrainingAndSaysHowToGoOn) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const OneRun one("patient", with({signal}));
    EXPECT_EQ(one.outcome.code, 130) << one.outcome.error;
    EXPECT_THAT(one.outcome.error, HasSubstr("run: interrupted: "));
    EXPECT_THAT(one.outcome.error, HasSubstr("p: interrupted after "));
    EXPECT_THAT(one.outcome.error, HasSubstr("what is complete in runs/p\n"));
    EXPECT_THAT(one.outcome.error,
                HasSubstr("p: to go on, run the same command again: work: the training goes on "
                          "from stage 2 of 5\n"));
    EXPECT_EQ(one.kept(), "0 numbers\n");
  }
}

TEST(Signals, TheFirstCtrlCStopsReadingAndKeepsWhatWasRead) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const OneRun one("endless", with({signal}));
    EXPECT_EQ(one.outcome.code, 130) << one.outcome.error;
    EXPECT_THAT(one.outcome.error, HasSubstr("p: to go on, run the same command again: it begins anew\n"));
    EXPECT_THAT(one.kept(), HasSubstr(" numbers\n"));
  }
}

TEST(Signals, AStageThatDoesNotStopIsNamed) {
  Setting setting = with({SIGINT, 0, 0, 0});  // time for the message
  setting.enough = true;
  const OneRun one("stubborn", setting);
  EXPECT_THAT(one.outcome.error,
              HasSubstr("run: interrupted: stopping work. Ctrl-C once more cancels at once, a "
                        "third time ends the process"));
}

TEST(Signals, TheSecondCtrlCCancels) {
  Setting setting = with({SIGINT, SIGINT});
  setting.enough = true;
  const OneRun one("stubborn", setting);
  EXPECT_EQ(one.outcome.code, 130) << one.outcome.error;
  EXPECT_THAT(one.outcome.error, HasSubstr("nothing new in runs/p\n"));
  EXPECT_EQ(one.kept(), "");
}

TEST(Signals, TheThirdCtrlCEndsAProcessThatHangs) {
  const OneRun one("stubborn", with({SIGINT, SIGINT, SIGINT}));
  EXPECT_EQ(one.outcome.code, 130) << one.outcome.error;
  EXPECT_THAT(one.outcome.error, HasSubstr("stopped at once: earlier results stay as they are"));
  EXPECT_EQ(one.kept(), "");
}

TEST(Signals, SigtermCountsAsCtrlC) {
  EXPECT_EQ(OneRun("stubborn", with({SIGTERM, SIGINT, SIGTERM})).outcome.code, 130);
}

TEST(Signals, HangingUpSeveralTimesIsOneRequest) {
  Setting setting = with({SIGHUP, SIGHUP, SIGHUP, SIGHUP});
  setting.enough = true;
  const OneRun one("stubborn", setting);
  EXPECT_EQ(one.outcome.code, 0) << one.outcome.error;  // it was done all the same
  EXPECT_EQ(one.kept(), "0 numbers\n");
}

TEST(Signals, ThatWereIgnoredAtTheStartStayIgnored) {
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {  // nohup, and background jobs of a shell script
    Setting setting = with({signal, signal, signal});
    setting.ignored = {signal};
    setting.enough = true;
    const OneRun one("patient", setting);
    EXPECT_EQ(one.outcome.code, 0) << one.outcome.error;
    EXPECT_THAT(one.outcome.error, Not(HasSubstr("interrupted")));
  }
}

TEST(Signals, WhileResultsAreWrittenTheyAreFinished) {
  for (const std::vector<int>& signals : {std::vector{SIGINT, 0, 0, 0}, std::vector{SIGHUP}}) {
    Setting setting = with(signals);
    setting.enough = true;
    const OneRun one("counter", setting, "options.slow = true\n");
    EXPECT_EQ(one.outcome.code, 0) << one.outcome.error;
    EXPECT_EQ(one.kept(), "3 numbers\n");
    if (signals.size() > 1) {
      EXPECT_THAT(one.outcome.error, HasSubstr("the results are being written, which is finished first"));
    }
  }
}

TEST(Signals, TheSecondWhileResultsAreWrittenGivesThemUp) {
  Setting setting = with({SIGINT, SIGINT});
  setting.enough = true;
  const OneRun one("counter", setting, "options.slow = true\n");
  EXPECT_EQ(one.outcome.code, 130) << one.outcome.error;
  EXPECT_THAT(one.outcome.error, HasSubstr("nothing new in runs/p\n"));
}

TEST(Signals, TheThirdEndsWritingThatHangs) {
  const OneRun one("counter", with({SIGINT, SIGINT, SIGINT}), "options.slow = true\n");
  EXPECT_EQ(one.outcome.code, 130) << one.outcome.error;
}

/// A pipeline that prints a table.
Outcome run_summing(const Setting& setting, Folder& folder) {
  folder.write(
      "p.toml",
      "schema = 1\n[stages.n]\nplugin = \"counter\"\n[stages.total]\nplugin = \"summer\"\ninputs = \"n\"\n"
      "[stages.keep]\nplugin = \"keeper\"\ninputs = [\"n\"]\noptions.file = \"count.txt\"\n");
  return ipet_with(setting, folder, arguments);
}

TEST(Output, ThatNobodyReadsEndsNothingAndIsReportedAtTheEnd) {
  Folder folder;
  Setting setting;
  setting.broken_pipe = true;
  const Outcome outcome = run_summing(setting, folder);
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  EXPECT_EQ(contents(folder, "count.txt"), "3 numbers\n");
  EXPECT_THAT(outcome.error, HasSubstr("p: done in "));
  EXPECT_THAT(outcome.error,
              HasSubstr("p: standard output was closed: what was to be shown there is in the results\n"));
  EXPECT_THAT(outcome.error, HasSubstr("error: standard output cannot be written\n"));
}

TEST(Output, IsNeverWrittenIntoAResultWhateverIsClosed) {
  for (const std::vector<int>& closed : {std::vector{0}, std::vector{1}, std::vector{2}, std::vector{0, 1},
                                         std::vector{1, 2}, std::vector{0, 1, 2}}) {
    Folder folder;
    Setting setting;
    setting.closed = closed;
    const Outcome outcome = run_summing(setting, folder);
    EXPECT_EQ(outcome.code, 0) << ::testing::PrintToString(closed) << outcome.error;
    // The keeper's file is open from the start, and would be descriptor 0, 1 or 2.
    EXPECT_EQ(contents(folder, "count.txt"), "3 numbers\n") << ::testing::PrintToString(closed);
  }
}

}  // namespace
