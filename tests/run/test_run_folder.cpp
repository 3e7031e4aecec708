// One run at a time in a folder.
#include <csignal>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/run/run_folder.hpp"
#include "tests/run/output_files.hpp"

namespace ipet::run::test {
namespace {

using testing::MatchesRegex;

/// A process that has the folder until it is killed.
pid_t occupy(const fs::path& folder) {
  int ready[2];
  EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder own(folder, "ipet run first.toml");
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  return child;
}

TEST(RunFolder, OfARunAtWorkIsRefusedAndSaysWhoHasIt) {
  const Folder folder;
  const pid_t child = occupy(folder / "out");
  FileRun run(folder / "out");
  run.sink("a", folder / "out/a.csv", {{"", "A"}});
  EXPECT_THAT(run.error(),
              MatchesRegex(".*/out: another run is at work in this folder \\(pid " + std::to_string(child) +
                           " on .*, since 20..-..-..T..:..:..Z: ipet run first.toml\\); wait for its "
                           "end, or choose another folder with --output"));
  EXPECT_EQ(run.started, 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(fs::exists(folder / "out/.ipet-run.lock")) << "a killed run cannot remove it";
  EXPECT_EQ(run.error(), "") << "its lock is gone with it";
  EXPECT_FALSE(fs::exists(folder / "out/.ipet-run.lock"));
}

TEST(RunFolder, IsRemovedWhereNothingWasWrittenIntoIt) {
  const Folder folder;
  FileRun run(folder / "runs/x");
  EXPECT_EQ(run.error(), "");
  EXPECT_TRUE(fs::is_empty(folder.path));
}

TEST(RunFolder, ThatIsAFileIsRefused) {
  const Folder folder;
  write_text(folder / "out", "a file");
  EXPECT_EQ(FileRun(folder / "out").error(),
            (folder / "out").string() + ": is not a folder; choose another one with --output");
}

TEST(RunFolder, IsFreeAgainAfterARunThatFailed) {
  const Folder folder;
  for (int i = 0; i < 2; ++i) {
    FileRun run(folder / "out");
    run.sink("a", folder / "out/a.csv", {{"", "A"}}, [] { throw std::runtime_error("no room"); });
    EXPECT_EQ(run.error(), "stage 'a' (plugin writer), commit: no room");
  }
}

}  // namespace
}  // namespace ipet::run::test
