// A crash ends with a line that says whose code it was, and by the signal that it always was.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::Outcome;
using program_test::toys;

Outcome crash(const std::string& how) {
  const Folder folder;
  folder.write("p.toml",
               "schema = 1\n[stages.n]\nplugin = \"counter\"\n[stages.bad]\nplugin = \"crasher\"\n"
               "inputs = \"n\"\noptions.how = \"" +
                   how + "\"\n[stages.s]\nplugin = \"store\"\ninputs = \"bad\"\n");
  return ipet(folder, {"run", "p.toml", "--plugins", toys(), "--plugins", toys("runners")});
}

/// The address sanitizer ends a program that does so itself, with a report of its own.
#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitizer_reports = true;
#else
constexpr bool sanitizer_reports = false;
#endif

void expect_last_line(const Outcome& outcome, const std::string& line) {
  const std::string end = "\n" + line + "\n";
  EXPECT_TRUE(outcome.error.ends_with(end)) << outcome.error;
}

TEST(Crash, OfMemoryNamesStageAndLibrary) {
  if (sanitizer_reports) GTEST_SKIP() << "the sanitizer reports it";
  const Outcome outcome = crash("memory");
  EXPECT_EQ(outcome.signal, SIGSEGV);
  expect_last_line(outcome,
                   "stage 'bad' (plugin crasher) crashed: SIGSEGV (memory that is not there), in the code of "
                   "runners.so");
}

/// The second one must not end the process while the first is told: which of them is first, nobody knows.
TEST(Crash, OfTwoThreadsAtOnceIsToldWhole) {
  if (sanitizer_reports) GTEST_SKIP() << "the sanitizer reports it";
  for (int i = 0; i < 20; ++i) {
    const Outcome outcome = crash("two threads");
    EXPECT_EQ(outcome.signal, SIGSEGV);
    EXPECT_TRUE(outcome.error.ends_with("SIGSEGV (memory that is not there), in the code of runners.so\n"))
        << outcome.error;
  }
}

TEST(Crash, OfAStageThatGivesUpNamesItToo) {
  const Outcome outcome = crash("abort");
  EXPECT_EQ(outcome.signal, SIGABRT);
  expect_last_line(
      outcome,
      "stage 'bad' (plugin crasher) crashed: SIGABRT (it gave up; what it said stands above), in "
      "the code of runners.so");
}

TEST(Crash, OfADivisionNamesItToo) {
  if (sanitizer_reports) GTEST_SKIP() << "the sanitizer reports it";
  const Outcome outcome = crash("division");
  EXPECT_EQ(outcome.signal, SIGFPE);
  expect_last_line(
      outcome, "stage 'bad' (plugin crasher) crashed: SIGFPE (division by zero), in the code of runners.so");
}

TEST(Crash, OfALibraryThatIsBeingLoadedNamesThePlugin) {
  const Folder folder;
  folder.write("p.toml", "schema = 1\n[stages.a]\nplugin = \"crashes_at_load\"\n");
  const Outcome outcome = ipet(folder, {"validate", "p.toml", "--plugins", toys("crashes_at_load")});
  EXPECT_EQ(outcome.signal, SIGABRT);
  expect_last_line(
      outcome,
      "plugin crashes_at_load, which is being loaded, crashed: SIGABRT (it gave up; what it said "
      "stands above)");
}

}  // namespace
