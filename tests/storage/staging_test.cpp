// Where files wait for their names: what a dead process left is removed, what a live one writes is not.
#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "stages/files/output_file.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

/// A child that has a staging folder with a file in it and waits to be killed.
pid_t staging_child(const std::filesystem::path& folder) {
  int ready[2];
  EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Staging staging(folder, "result");
    OutputFile file(folder / "result", staging);
    file.write("half of it");
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ::close(ready[1]);
  return child;
}

void kill_and_wait(pid_t child) {
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(Staging, of_a_dead_process_is_removed_and_that_of_a_live_one_stays) {
  const Folder folder;
  const pid_t child = staging_child(folder.path());
  { const Staging own(folder.path(), "result"); }
  EXPECT_THAT(folder.entries(), ElementsAre(MatchesRegex("\\.ipet-tmp-[0-9A-Za-z]{6}")))
      << "a live process writes";
  kill_and_wait(child);
  { const Staging own(folder.path(), "result"); }
  EXPECT_THAT(folder.entries(), ElementsAre());
}

TEST(Staging, removes_nothing_that_is_not_certainly_of_a_dead_run) {
  const Folder folder;
  std::ofstream(folder / ".ipet-tmp-file12") << "a file";
  std::filesystem::create_directory(folder / ".ipet-tmp-toolong");
  std::filesystem::create_directory(folder / ".ipet-tmp-nolock");
  std::ofstream(folder / ".ipet-tmp-nolock/notes") << "the user's";
  std::filesystem::create_directory(folder / "elsewhere");
  std::ofstream(folder / "elsewhere/lock") << "";
  std::filesystem::create_directory_symlink(folder / "elsewhere", folder / ".ipet-tmp-link12");
  const std::vector<std::string> before = folder.entries();
  { const Staging own(folder.path(), "result"); }
  EXPECT_EQ(folder.entries(), before);
  EXPECT_TRUE(std::filesystem::exists(folder / ".ipet-tmp-nolock/notes"));
  EXPECT_TRUE(std::filesystem::exists(folder / "elsewhere/lock"));
}

TEST(Staging, that_was_being_removed_when_its_process_died_is_removed_to_the_end) {
  const Folder folder;
  std::filesystem::create_directory(folder / ".ipet-tmp-abcdef");  // only the lock was gone, too
  std::filesystem::create_directory(folder / ".ipet-tmp-ghijkl");
  std::ofstream(folder / ".ipet-tmp-ghijkl/lock") << "";
  remove_dead_staging(folder.path());
  EXPECT_THAT(folder.entries(), ElementsAre());
}

TEST(Staging, gives_files_the_permissions_that_the_user_wants_and_no_others_theirs) {
  const Folder folder;
  const mode_t before = ::umask(027);
  CompleteFiles files;
  Staging staging(folder.path(), "result");
  OutputFile file(folder / "result", staging);
  file.finish();
  file.hand_over(files);
  publish_at_once(folder / "result", files);
  ::umask(before);
  EXPECT_EQ(std::filesystem::status(folder / "result").permissions(), std::filesystem::perms(0640));
}

TEST(Staging, takes_the_folders_along_that_were_made_for_it_and_stayed_empty) {
  const Folder folder;
  std::filesystem::create_directory(folder / "old");
  {
    const Staging first(folder / "new/deep", "result"), second(folder / "new/deep", "result"),
        old(folder / "old", "result");
    (void)prepare_folder_of(folder / "old/made/result");
    const Staging below(folder / "old/made", "result");
  }
  EXPECT_THAT(folder.entries(), ElementsAre("old"));
  EXPECT_TRUE(std::filesystem::is_empty(folder / "old"));
  {
    Staging staging(folder / "new/deep", "result");
    CompleteFiles files;
    OutputFile file(folder / "new/deep/result", staging);
    file.finish();
    file.hand_over(files);
    publish_at_once(folder / "new/deep/result", files);
    std::filesystem::create_directory(folder / "new/users");
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "new/deep/result"));
  EXPECT_TRUE(std::filesystem::exists(folder / "new/users"));
}

TEST(Staging, makes_the_folder_that_a_path_through_a_link_leads_to) {
  const Folder folder;
  std::filesystem::create_directories(folder / "a/b");
  std::filesystem::create_directory_symlink("a/b", folder / "link");
  {
    const Staging staging(folder / "link/../made", "result");
    EXPECT_TRUE(std::filesystem::exists(folder / "a/made"));
    EXPECT_THAT(folder.entries(), ElementsAre("a", "link"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a/made"));
}

TEST(Staging, file_is_never_one_that_is_there_nor_one_behind_a_link) {
  const Folder folder;
  std::ofstream(folder / "there") << "precious";
  std::filesystem::create_symlink(folder / "there", folder / "link");
  std::filesystem::create_symlink(folder / "nowhere", folder / "dangling");
  for (const char* name : {"there", "link", "dangling"})
    EXPECT_EQ(error_of([&] { create_file(folder / name, false, "result"); }), "result: File exists");
  EXPECT_EQ(std::filesystem::file_size(folder / "there"), 8U);
  EXPECT_FALSE(std::filesystem::exists(folder / "nowhere"));
  const int made = create_file(folder / "new", false, "result");
  EXPECT_NE(::fcntl(made, F_GETFD) & FD_CLOEXEC, 0) << "programs that are started would inherit it";
  ::close(made);
}

TEST(Staging, files_of_two_results_with_one_name_are_refused) {
  const Folder folder;
  Staging staging(folder.path(), "result");
  CompleteFiles files;
  for (const bool second : {false, true}) {
    OutputFile file(folder / "result", staging);
    file.finish();
    const std::string error = error_of([&] { file.hand_over(files); });
    EXPECT_EQ(error, second ? (folder / "result").string() + ": two results would have this name" : "");
  }
}

TEST(WhatStays, names_the_file_or_the_files_of_a_folder) {
  const Folder folder;
  const std::string plots = (folder / "plots").string(), file = (folder / "x.csv").string();
  EXPECT_EQ(what_stays(file), "");
  EXPECT_EQ(what_stays(plots), "");
  std::filesystem::create_directories(plots + "/.ipet-tmp-abcdef");
  std::ofstream(plots + "/.ipet-tmp-abcdef/0") << "half";
  EXPECT_EQ(what_stays(plots), "") << "nothing of a run that is done";
  std::ofstream(plots + "/a.svg") << "whole";
  std::ofstream(file) << "whole";
  EXPECT_EQ(what_stays(plots), "the earlier files in " + plots + " stay");
  EXPECT_EQ(what_stays(file), "the earlier " + file + " stays");
}

}  // namespace
}  // namespace ipet::storage::test
