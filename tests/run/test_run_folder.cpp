// One run at a time in a folder.
#include <csignal>
#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <sys/stat.h>
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

/// Ends a process with a run in `out` at once, as a third Ctrl-C does, after `before`.
void abandon(const fs::path& out, const std::function<void()>& before) {
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder own(out, "ipet run first.toml");
    before();
    abandon_run_folder();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(RunFolder, OfAProcessThatIsEndedAtOnceGoesWithItsTemporaryFiles) {
  const Folder folder;
  const fs::path out = folder / "runs/x";
  abandon(out, [&] {
    write_text(out / ".ipet-tmp-abcdef/lock", "");
    write_text(out / "plots/.ipet-tmp-ghijkl/0", "half");
    for (int i = 0; i < 300; ++i) write_text(out / ".ipet-tmp-abcdef" / std::to_string(i), "half");
  });
  EXPECT_TRUE(fs::is_empty(folder.path));
}

TEST(RunFolder, OfAProcessThatIsEndedAtOnceKeepsWhatIsInIt) {
  const Folder folder;
  const fs::path out = folder / "runs/x";
  abandon(out, [&] {
    write_text(out / ".ipet-tmp-abcdef/0", "half");
    write_text(out / "checkpoints/train/1234/stage_1", "whole");
    write_text(out / "a/b/c/d/e/f/deep", "whole");
  });
  EXPECT_EQ(folder.files(),
            (std::vector<std::string>{"runs/x/a/b/c/d/e/f/deep", "runs/x/checkpoints/train/1234/stage_1"}));
}

TEST(RunFolder, OfAProcessThatIsEndedAtOnceKeepsCompleteFilesThatTheNextRunNames) {
  const Folder folder;
  const fs::path out = folder / "runs/x";
  abandon(out, [&] {
    write_text(out / ".ipet-made.json", "{}");
    write_text(out / ".ipet-tmp-abcdef/0", "whole");
  });
  EXPECT_EQ(text_of(out / ".ipet-tmp-abcdef/0"), "whole");
}

TEST(RunFolder, ThatWasThereStaysAsItIsWhenAProcessIsEndedAtOnce) {
  const Folder folder;
  const fs::path out = folder / "runs/x";
  fs::create_directories(out);
  abandon(out, [&] { write_text(out / ".ipet-tmp-abcdef/0", "half"); });
  EXPECT_TRUE(fs::exists(out / ".ipet-tmp-abcdef/0")) << "the next run removes it";
}

/// What OutputError says of a run with this output folder; "" where there is none.
std::string refused_folder(const fs::path& output) {
  try {
    FileRun(output).run();
  } catch (const OutputError& error) {
    return error.what();
  }
  return "";
}

TEST(RunFolder, ThatCanBeNoneIsRefusedWithPlaceReasonAndNextStep) {
  const Folder folder;
  write_text(folder / "file", "a file");
  fs::create_symlink("nowhere", folder / "dangling");
  fs::create_symlink("circle", folder / "circle");
  fs::create_symlink("file", folder / "to-file");
  const std::string at = folder.path.string();
  const std::string long_name(300, 'x');
  for (const auto& [name, reason] : std::map<std::string, std::string>{
           {"file", at + "/file is a file, not a folder"},
           {"to-file", at + "/to-file is a file, not a folder"},
           {"file/below/it", at + "/file is a file, not a folder"},
           {"dangling", at + "/dangling is a link that leads nowhere (to nowhere)"},
           {"dangling/below", at + "/dangling is a link that leads nowhere (to nowhere)"},
           {"circle", at + "/circle is a link that leads in a circle"},
           {"circle/", at + "/circle is a link that leads in a circle"},
           {long_name, at + "/" + long_name + ": File name too long"}}) {
    EXPECT_EQ(refused_folder(folder / name), (folder / name).string() +
                                                 ": cannot be the folder for the results: " + reason +
                                                 "; choose another folder with --output");
  }
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.path)) left.insert(entry.path().filename());
  EXPECT_THAT(left, testing::ElementsAre("circle", "dangling", "file", "to-file"));
}

TEST(RunFolder, InWhichNothingCanBeMadeIsRefused) {
  for (const auto& [name, place] : std::map<std::string, std::string>{{"/proc", "/proc"},
                                                                      {"/proc/x", "/proc"},
                                                                      {"/proc/self/ipet/below", "/proc/self"},
                                                                      {"/sys/x", "/sys"}})
    EXPECT_EQ(refused_folder(name),
              name + ": cannot be the folder for the results: " + place +
                  " is of the system's own, which keeps no files; choose another folder with "
                  "--output");
}

TEST(RunFolder, WhosePathTheSystemDoesNotTakeIsRefused) {
  const Folder folder;
  std::string deep = (folder / "deep").string();
  for (int i = 0; i < 3000; ++i) deep += "/d";
  const std::string shown = deep.substr(0, 200) + " ... " + deep.substr(deep.size() - 100);
  EXPECT_EQ(refused_folder(deep),
            shown + ": cannot be the folder for the results: its path has " + std::to_string(deep.size()) +
                " bytes, and the system takes 4095 with the names of the results; choose another "
                "folder with --output");
  EXPECT_FALSE(fs::exists(folder / "deep"));
}

TEST(RunFolder, IsMadeWithAllThatIsMissingAboveIt) {
  const Folder folder;
  fs::path out = folder / "out";
  for (int i = 0; i < 200; ++i) out /= "d";
  FileRun run(out);
  run.sink("a", out / "a.csv", {{"", "A"}});
  EXPECT_EQ(run.error(), "");
  EXPECT_EQ(text_of(out / "a.csv"), "A");
}

TEST(RunFolder, WhoseLockIsNoFileIsRefused) {
  for (const auto& [what, make] : std::map<std::string, std::function<void(const fs::path&)>>{
           {"link", [](const fs::path& lock) { fs::create_symlink("elsewhere", lock); }},
           {"folder", [](const fs::path& lock) { fs::create_directory(lock); }},
           {"device or pipe", [](const fs::path& lock) { ::mkfifo(lock.c_str(), 0600); }}}) {
    for (const char* name : {".ipet-run.lock", ".ipet-made.lock"}) {
      const Folder folder;
      make(folder / name);
      FileRun run(folder.path);
      run.sink("a", folder / "a.csv", {{"", "A"}});
      EXPECT_THAT(run.error(), testing::EndsWith((folder / name).string() + ": is a " + what +
                                                 ", and ipet keeps a lock of this name; remove it and run "
                                                 "again"));
      EXPECT_FALSE(fs::exists(folder / "elsewhere"));
      EXPECT_FALSE(fs::exists(folder / "a.csv"));
    }
  }
}

TEST(RunFolder, InWhichSomethingStandsInTheWayOfTheRecordIsRefused) {
  const Folder folder;
  write_text(folder / ".ipet-made.json.new/x", "");
  FileRun run(folder.path);
  run.sink("a", folder / "a.csv", {{"", "A"}});
  EXPECT_EQ(run.error(), "publishing the results: " + (folder / ".ipet-made.json.new").string() +
                             ": is in the way of the record of what ipet made; remove it and run again");
  EXPECT_FALSE(fs::exists(folder / "a.csv"));
}

TEST(RunFolder, OfAResultMustBeOne) {
  const Folder folder;
  fs::create_symlink("nowhere", folder / "dangling");
  FileRun run(folder.path);
  run.sink("a", folder / "dangling/a.csv", {{"", "A"}});
  EXPECT_EQ(run.error(), "stage 'a' (plugin writer): " + (folder / "dangling/a.csv").string() +
                             ": cannot be written: " + (folder / "dangling").string() +
                             " is a link that leads nowhere (to nowhere); let this run write elsewhere "
                             "(--output, or the stage's option)");
  EXPECT_EQ(run.started, 0);
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
