// A result file of no single run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "pipeline/run/file_lock.hpp"
#include "pipeline/run/lone_file.hpp"
#include "tests/run/output_files.hpp"

namespace ipet::run::test {
namespace {

using testing::ElementsAre;

std::string refusal(const fs::path& file) {
  try {
    const LoneFile lone(file);
    (void)lone.write("new");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(LoneFile, RemovesTemporaryFilesOfDeadProcessesAndLeavesThoseOfLiveOnes) {
  const Folder folder;
  write_text(folder / ".sweep.csv.ipet-tmp-123.0", "of a process that was killed");
  write_text(folder / ".other.csv.ipet-tmp-123.0", "of another file");
  const std::unique_ptr<FileLock> live = FileLock::attempt(folder / ".sweep.csv.ipet-tmp-9.0");
  const LoneFile file(folder / "sweep.csv");
  EXPECT_THAT(folder.files(), ElementsAre(".other.csv.ipet-tmp-123.0", ".sweep.csv.ipet-tmp-9.0"));
  EXPECT_EQ(file.write("a\n1\n"), "");
  EXPECT_EQ(text_of(folder / "sweep.csv"), "a\n1\n");
  EXPECT_THAT(folder.files(),
              ElementsAre(".other.csv.ipet-tmp-123.0", ".sweep.csv.ipet-tmp-9.0", "sweep.csv"));
}

TEST(LoneFile, OfAnotherMakerIsNotReplaced) {
  const Folder folder;
  write_text(folder / "sweep.csv", "mine");
  EXPECT_EQ(refusal(folder / "sweep.csv"),
            (folder / "sweep.csv").string() +
                ": is in the way and is not replaced: ipet has no record of having made it; move it away, or "
                "let the runs write elsewhere (--output)");
  EXPECT_EQ(text_of(folder / "sweep.csv"), "mine");
}

TEST(LoneFile, ThatCannotBeWrittenSaysWhyAndNamesIt) {
  const Folder folder;
  const fs::path file = fs::path("/proc") / "sweep.csv";
  EXPECT_EQ(refusal(file),
            "/proc/sweep.csv: cannot be written: /proc is of the system's own, which keeps no "
            "files");
}

}  // namespace
}  // namespace ipet::run::test
