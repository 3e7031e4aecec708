// What Ctrl-C, SIGTERM, SIGHUP and a closed output do to `ipet run`.
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet_with;
using program_test::Outcome;
using program_test::Setting;
using program_test::toys;
using ::testing::ElementsAre;
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
  OneRun(const std::string& stage, const Setting& setting, const std::string& more = {}, bool fresh = false) {
    write_pipeline(folder, stage, more);
    std::vector<std::string> all = arguments;
    if (fresh) all.emplace_back("--fresh");
    outcome = ipet_with(setting, folder, all);
  }
  /// What it says of stop requests, line by line.
  [[nodiscard]] std::vector<std::string> said() const {
    static const std::string begin = "run: interrupted: ";
    std::vector<std::string> texts;
    std::istringstream lines(outcome.error);
    for (std::string line; std::getline(lines, line);)
      if (const std::size_t at = line.find(begin); at != std::string::npos)
        texts.push_back(line.substr(at + begin.size()));
    return texts;
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
               "'sweep.stages.work.plugin=[\"patient\", \"stubborn\", \"endless\"]' "
               "(its table is of these runs alone); in plugin=patient, work: the training goes on from stage "
               "2 of 5\n"));
  EXPECT_THAT(outcome.error, Not(HasSubstr("to go on"))) << "one advice";
}

TEST(Signals, InASweepTellWhichRunsHaveFailed) {
  const Folder folder;
  write_pipeline(folder, "patient", "[sweep]\n\"run.seed\" = [1, 2, 3]\n");
  folder.write("runs/p/seed=1", "a file where the first run's folder would be");
  std::vector<std::string> words = arguments;
  words.emplace_back("--sweep");
  const Outcome outcome = ipet_with(with({SIGINT}), folder, words);
  EXPECT_EQ(outcome.code, 130) << outcome.error;
  EXPECT_THAT(outcome.error, EndsWith("\nsweep: interrupted in seed=2 (2 of 3)\nsweep: 1 failed: seed=1\n"
                                      "sweep: 1 not begun: seed=3\n"
                                      "sweep: the same command begins with the first run again; in seed=2, "
                                      "work: the training goes on from stage 2 of 5\n"))
      << "nothing is done, so all is left";
}

TEST(Signals, InTheFirstRunOfASweepNameAllOfThemAndNoOtherCommand) {
  const Folder folder;
  write_pipeline(folder, "patient", "[sweep]\n\"run.seed\" = [1, 2]\n");
  std::vector<std::string> words = arguments;
  words.emplace_back("--sweep");
  words.emplace_back("--fresh");
  const Outcome outcome = ipet_with(with({SIGINT}), folder, words);
  EXPECT_EQ(outcome.code, 130) << outcome.error;
  EXPECT_THAT(outcome.error, EndsWith("\nsweep: interrupted in seed=1 (1 of 2)\nsweep: 1 not begun: seed=2\n"
                                      "sweep: the same command without --fresh begins with the first run "
                                      "again; in seed=1, work: the training goes on from stage 2 of 5\n"));
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

/// So many Ctrl-C, with time for the message after each.
Setting slowly(int count, std::vector<int> before = {}) {
  Setting setting;
  setting.signals = std::move(before);
  for (int i = 0; i < count; ++i)
    for (const int signal : {SIGINT, 0, 0, 0}) setting.signals.push_back(signal);
  setting.enough = true;
  return setting;
}

TEST(Signals, EachSaysWhatItWaitsForAndWhatTheNextDoes) {
  const std::string of_two = ". Ctrl-C once more cancels at once, a third time ends the process";
  const std::string of_three = ". Ctrl-C once more ends the process";
  for (const auto& [stage, more, first, second] : std::vector<std::array<std::string, 4>>{
           {"stubborn", "", "stopping work" + of_two, "cancelled: nothing is kept of work" + of_three},
           {"stuck", "", "reading stops, and what was read is finished" + of_two,
            "cancelled: nothing more is read or kept" + of_three},
           {"counter", "options.slow = true\n",
            "the results are being written, which is finished first. Ctrl-C once more gives them up and "
            "leaves "
            "earlier ones, a third time ends the process",
            "cancelled: the results are given up, earlier ones stay" + of_three}}) {
    // Two that come together.
    const std::vector<std::string> together = OneRun(stage, slowly(1, {SIGTERM}), more).said();
    ASSERT_FALSE(together.empty());
    EXPECT_EQ(together.back(), second);
    const OneRun third(stage, slowly(3), more);
    EXPECT_EQ(third.outcome.code, 130);
    EXPECT_THAT(third.said(), ElementsAre(first, second));
    EXPECT_THAT(
        third.outcome.error,
        EndsWith("\nstopped at once: no result is half written; the next run removes temporary files, and "
                 "finishes the naming of results where it had begun\n"));
  }
}

TEST(Signals, WhatAStageGaveToLaterOnesIsNewAlsoWhenTheRunIsCancelled) {
  const OneRun one("maker", with({SIGINT, SIGINT}));
  EXPECT_EQ(one.outcome.code, 130) << one.outcome.error;
  EXPECT_THAT(one.outcome.error, HasSubstr("; only made is new in runs/p\n"));
  EXPECT_EQ(contents(one.folder, "runs/p/made"), "1");
}

TEST(Signals, TheTextAtTheEndKnowsOfCheckpointsAndOfFresh) {
  const Folder folder;
  folder.write("runs/p/checkpoints/work/1234/stage_1", "");
  write_pipeline(folder, "endless");
  EXPECT_THAT(
      ipet_with(with({SIGINT}), folder, arguments).error,
      HasSubstr("p: to go on, run the same command again: it begins anew, and training goes on from those "
                "checkpoints in runs/p/checkpoints that are of the same options and inputs\n"));
  EXPECT_THAT(
      OneRun("patient", with({SIGINT}), "", true).outcome.error,
      HasSubstr("p: to go on, run the same command again without --fresh: work: the training goes on from "
                "stage 2 of 5\n"));
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
  EXPECT_THAT(one.outcome.error, HasSubstr("stopped at once: no result is half written"));
  EXPECT_EQ(one.kept(), "");
  EXPECT_FALSE(std::filesystem::exists(one.folder.path() + "/runs")) << "which the run made";
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
  EXPECT_THAT(outcome.error, HasSubstr("error: standard output was closed\n"));
}

TEST(Output, ThatADeviceHasNoSpaceForIsReportedAsThat) {
  const Folder folder;
  folder.write(
      "p.toml",
      "schema = 1\n[stages.n]\nplugin = \"counter\"\n[stages.total]\nplugin = \"summer\"\ninputs = \"n\"\n"
      "[stages.keep]\nplugin = \"keeper\"\ninputs = [\"n\"]\noptions.file = \"count.txt\"\n");
  const Outcome outcome = program_test::ipet_writing_to("/dev/full", folder, arguments);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(contents(folder, "count.txt"), "3 numbers\n");
  EXPECT_THAT(outcome.error,
              EndsWith("p: standard output cannot be written (No space left on device): what was to be shown "
                       "there is in the results\n"
                       "error: standard output cannot be written (No space left on device)\n"));
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
