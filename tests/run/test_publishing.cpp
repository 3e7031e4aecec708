// Results of a run get their names together, or none does.
#include <gmock/gmock.h>

#include "pipeline/run/made_files.hpp"
#include "pipeline/run/publication.hpp"
#include "tests/run/output_files.hpp"

namespace ipet::run::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

TEST(Publishing, GivesAllResultsTheirNamesAfterTheLastSinkHasCommitted) {
  const Folder folder;
  FileRun run(folder.path);
  bool early = false;
  run.sink("a", folder / "a.csv", {{"", "A"}});
  run.sink("b", folder / "b", {{"x", "B"}, {"in/y", "C"}}, [&] { early = fs::exists(folder / "a.csv"); });
  EXPECT_EQ(run.error(), "");
  EXPECT_FALSE(early);
  EXPECT_THAT(folder.files(), ElementsAre("a.csv", "b/in/y", "b/x"));
  EXPECT_EQ(text_of(folder / "a.csv") + text_of(folder / "b/x") + text_of(folder / "b/in/y"), "ABC");
  EXPECT_THAT(run.said, ElementsAre());
}

TEST(Publishing, OfNothingWhenOneOfTheSinksFails) {
  const Folder folder;
  FileRun run(folder / "out");
  run.sink("a", folder / "out/a.csv", {{"", "A"}});
  run.sink("b", folder / "out/b.csv", {{"", "B"}}, [] { throw std::runtime_error("no room"); });
  EXPECT_EQ(run.error(), "stage 'b' (plugin writer), commit: no room");
  EXPECT_FALSE(fs::exists(folder / "out/a.csv"));
  EXPECT_FALSE(fs::exists(folder / "out/b.csv"));
}

TEST(Publishing, OfNothingWhenTheSecondStopComesAfterTheFirstSinkHasCommitted) {
  const Folder folder;
  FileRun run(folder / "out");
  run.sink("a", folder / "out/a.csv", {{"", "A"}}, [&] { run.stop.level = 2; });
  run.sink("b", folder / "out/b.csv", {{"", "B"}});
  const Result result = run.run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.committed);
  EXPECT_FALSE(fs::exists(folder / "out/a.csv"));
  EXPECT_FALSE(fs::exists(folder / "out/b.csv"));
}

TEST(Publishing, ThatHasBegunIsFinishedWhateverIsAsked) {
  const Folder folder;
  FileRun before(folder.path, "one");
  before.sink("a", folder / "a.csv", {{"", "earlier"}});
  ASSERT_EQ(before.error(), "");
  FileRun run(folder.path, "two");
  run.sink("a", folder / "a.csv", {{"", "A"}});
  // Said while results are given their names.
  run.observer.info = [&](const std::string&, const std::string&) { run.stop.level = 2; };
  const Result result = run.run();
  EXPECT_EQ(run.stop.level, 2);
  EXPECT_FALSE(result.interrupted);
  EXPECT_TRUE(result.committed);
  EXPECT_EQ(text_of(folder / "a.csv"), "A");
}

TEST(Publishing, IsTakenBackWhenAFileInTheMiddleCannotGetItsName) {
  const Folder folder;
  FileRun before(folder.path);
  before.sink("a", folder / "a.csv", {{"", "earlier"}});
  ASSERT_EQ(before.error(), "");

  FileRun run(folder.path);
  run.sink("a", folder / "a.csv", {{"", "A"}});
  run.sink("b", folder / "b.csv", {{"", "B"}});
  // By then there is a file where the folder of `c` should be.
  run.sink("c", folder / "c", {{"in/y", "C"}}, [&] { write_text(folder / "c/in", "in the way"); });
  EXPECT_THAT(run.error(),
              MatchesRegex("publishing the results: .*/c/in/y: .*; nothing of this run was published"));
  EXPECT_EQ(text_of(folder / "a.csv"), "earlier");
  EXPECT_FALSE(fs::exists(folder / "b.csv"));

  fs::remove_all(folder / "c");
  FileRun again(folder.path);
  again.sink("a", folder / "a.csv", {{"", "A"}});
  EXPECT_EQ(again.error(), "") << "the earlier file is still known";
  EXPECT_EQ(text_of(folder / "a.csv"), "A");
}

TEST(Publishing, OfATaskIsAtOnceSoThatLaterStagesCanReadTheFile) {
  const Folder folder;
  FileRun run(folder.path);
  std::string seen;
  ToyTask::Options task;
  task.run = [&](StageContext& context, Emitter& emit) {
    context.reserve(folder / "made");
    hand_over(context, folder / "made", {{"one", "1"}});
    seen = text_of(folder / "made/one");
    emit(NumberSet{});
  };
  run.stage("t", "tasker", task);
  EXPECT_EQ(run.error(), "");
  EXPECT_EQ(seen, "1");
}

TEST(Publishing, ThatAKilledRunHadBegunIsFinishedByTheNext) {
  const Folder folder;
  FileRun before(folder.path, "one");
  before.sink("a", folder / "a.csv", {{"", "earlier"}});
  ASSERT_EQ(before.error(), "");
  // What stands in the folder when a run of another definition is killed between its two renames.
  MadeFiles record(folder.path);
  record.files["a.csv.1"] = record.files["a.csv"];
  const auto announce = [&](const std::string& name, const std::string& text, const std::string& kept) {
    write_text(folder / ("tmp-" + name), text);
    MadeFile made = stat_file(folder / ("tmp-" + name)).value();
    made.definition = "two";
    made.result = name;
    record.files[name].push_back(made);
    record.renaming.push_back({"tmp-" + name, name, kept});
  };
  announce("a.csv", "A", "a.csv.1");
  announce("b.csv", "B", "");
  record.write();
  fs::rename(folder / "tmp-b.csv", folder / "b.csv");

  FileRun next(folder.path, "one");
  next.sink("a", folder / "c.csv", {{"", "C"}});
  EXPECT_EQ(next.error(), "");
  EXPECT_THAT(folder.files(), ElementsAre("a.csv", "a.csv.1", "b.csv", "c.csv"));
  EXPECT_EQ(text_of(folder / "a.csv"), "A");
  EXPECT_EQ(text_of(folder / "a.csv.1"), "earlier");
  EXPECT_TRUE(MadeFiles(folder.path).renaming.empty());
}

TEST(Publishing, ThatAKilledRunHadBegunReplacesNothingThatSomebodyPutThereSince) {
  const Folder folder;
  write_text(folder / "tmp", "A");
  MadeFiles record(folder.path);
  record.files["a.csv"].push_back(stat_file(folder / "tmp").value());
  record.renaming.push_back({"tmp", "a.csv", ""});
  record.write();
  write_text(folder / "a.csv", "precious");
  FileRun next(folder.path);
  next.sink("a", folder / "c.csv", {{"", "C"}});
  EXPECT_EQ(next.error(), "");
  EXPECT_EQ(text_of(folder / "a.csv"), "precious");
}

TEST(Publishing, KeepsARecordThatSaysWhatWasMadeAndWhere) {
  const Folder folder;
  FileRun run(folder / "out");
  run.sink("a", folder / "out/b%\n.csv", {{"", ""}});
  run.sink("b", folder / "elsewhere.csv", {{"", "B"}});
  ASSERT_EQ(run.error(), "");
  const MadeFiles inside(folder / "out"), outside(folder.path);
  ASSERT_TRUE(inside.files.contains("b%\n.csv"));
  EXPECT_EQ(inside.files.at("b%\n.csv").at(0).bytes, 0U);
  // XXH3-128 of nothing, from the tables of xxHash's own tests.
  EXPECT_EQ(inside.files.at("b%\n.csv").at(0).checksum, "99aa06d3014798d86001c324468d497f");
  EXPECT_TRUE(outside.files.contains("elsewhere.csv"));
  EXPECT_EQ(outside.files.size(), 1U);
}

TEST(Publishing, RefusesARecordThatIsDamagedAndNamesIt) {
  const Folder folder;
  write_text(folder / ".ipet-made.json", "{\"files\": [");
  FileRun run(folder.path);
  run.sink("a", folder / "a.csv", {{"", "A"}});
  write_text(folder / "a.csv", "precious");
  EXPECT_THAT(run.error(), HasSubstr((folder / ".ipet-made.json").string() + ": damaged"));
  EXPECT_EQ(text_of(folder / "a.csv"), "precious");
}

// An empty folder.1 would make the next run keep its earlier result as folder.2.
TEST(Publishing, ThatFailsLeavesNoFolderThatItMade) {
  const Folder folder;
  write_text(folder / "captures/a", "earlier");
  write_text(folder / "new/a", "new");
  Publication publication;
  EXPECT_THROW(publication.place({{folder / "new/a", folder / "captures/a", folder / "captures.1/a"},
                                  {folder / "new/none", folder / "plots/deep/b", {}}}),
               std::runtime_error);
  EXPECT_EQ(text_of(folder / "captures/a"), "earlier");
  EXPECT_FALSE(fs::exists(folder / "captures.1"));
  EXPECT_FALSE(fs::exists(folder / "plots"));
}

}  // namespace
}  // namespace ipet::run::test
