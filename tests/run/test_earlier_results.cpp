// What a run does with what lies under the names of its results.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "pipeline/run/made_files.hpp"
#include "tests/run/output_files.hpp"

namespace ipet::run::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// One run that writes `contents` as `result`; returns its error.
std::string once(const Folder& folder, const std::string& result, const Contents& contents,
                 const std::string& definition = "one", std::vector<std::string>* said = nullptr) {
  FileRun run(folder.path, definition);
  run.sink("store", folder / result, contents);
  const std::string error = run.error();
  if (said != nullptr) *said = run.said;
  return error;
}

constexpr const char* next_step =
    "; move it away, or let this run write elsewhere (--output, or the stage's option)";

TEST(EarlierResult, OfTheSameDefinitionIsReplaced) {
  const Folder folder;
  std::vector<std::string> said;
  ASSERT_EQ(once(folder, "r.csv", {{"", "first"}}), "");
  EXPECT_EQ(once(folder, "r.csv", {{"", "second"}}, "one", &said), "");
  EXPECT_EQ(text_of(folder / "r.csv"), "second");
  EXPECT_THAT(folder.files(), ElementsAre("r.csv"));
  EXPECT_THAT(said, ElementsAre());
}

TEST(EarlierResult, OfAnotherDefinitionIsKeptUnderANumberAndSaidSo) {
  const Folder folder;
  std::vector<std::string> said;
  ASSERT_EQ(once(folder, "r.csv", {{"", "1"}}, "one"), "");
  ASSERT_EQ(once(folder, "r.csv", {{"", "2"}}, "two", &said), "");
  EXPECT_THAT(said,
              ElementsAre("store: the earlier r.csv is of another definition or other inputs and stays as " +
                          (folder / "r.csv.1").string()));
  ASSERT_EQ(once(folder, "r.csv", {{"", "3"}}, "three"), "");
  ASSERT_EQ(once(folder, "r.csv", {{"", "3 again"}}, "three"), "");
  EXPECT_THAT(folder.files(), ElementsAre("r.csv", "r.csv.1", "r.csv.2"));
  EXPECT_EQ(text_of(folder / "r.csv"), "3 again");
  EXPECT_EQ(text_of(folder / "r.csv.1"), "1");
  EXPECT_EQ(text_of(folder / "r.csv.2"), "2");
}

TEST(EarlierResult, ThatIsKeptAlreadyIsNotKeptAgainAndSaidSo) {
  const Folder folder;
  std::vector<std::string> said;
  for (const char* definition : {"one", "two", "one"})
    ASSERT_EQ(once(folder, "r.csv", {{"", definition}}, definition), "");
  ASSERT_THAT(folder.files(), ElementsAre("r.csv", "r.csv.1", "r.csv.2"));
  for (const auto& [definition, kept] :
       {std::pair("two", ".1"), {"one", ".2"}, {"two", ".1"}, {"one", ".2"}}) {
    // A result file tells when it was made: other bytes of the same.
    ASSERT_EQ(once(folder, "r.csv", {{"", std::string(definition) + " again"}}, definition, &said), "");
    EXPECT_THAT(
        said,
        ElementsAre("store: the earlier r.csv is of another definition or other inputs and is kept already "
                    "as " +
                    (folder / "r.csv").string() + kept));
    EXPECT_THAT(folder.files(), ElementsAre("r.csv", "r.csv.1", "r.csv.2"));
    EXPECT_EQ(text_of(folder / "r.csv"), std::string(definition) + " again");
    EXPECT_EQ(text_of(folder / "r.csv.1") + text_of(folder / "r.csv.2"), "onetwo");
  }
}

TEST(EarlierResult, OfWhichOnlyAnEditedCopyIsKeptIsKeptAgain) {
  for (const bool gone : {false, true}) {
    const Folder folder;
    for (const char* definition : {"one", "two", "one"})
      ASSERT_EQ(once(folder, "r.csv", {{"", definition}}, definition), "");
    if (gone)
      fs::remove(folder / "r.csv.1");
    else
      write_text(folder / "r.csv.1", "mine");
    ASSERT_EQ(once(folder, "r.csv", {{"", "two"}}, "two"), "");
    EXPECT_EQ(text_of(folder / (gone ? "r.csv.1" : "r.csv.3")), "one");
    if (!gone) {
      EXPECT_EQ(text_of(folder / "r.csv.1"), "mine");
    }
  }
}

TEST(EarlierResult, OfAnInterruptedRunIsNoCopyOfACompleteOne) {
  const Folder folder;
  const auto part = [&](const std::string& definition, bool interrupted, const std::string& text) {
    FileRun run(folder.path, definition);
    run.interrupt = interrupted;
    run.sink("store", folder / "r.csv", {{"", text}});
    run.run();
  };
  part("one", false, "whole");
  part("two", false, "other");
  part("one", true, "a part");
  part("two", false, "other");
  EXPECT_EQ(text_of(folder / "r.csv.1"), "whole");
  EXPECT_EQ(text_of(folder / "r.csv.3"), "a part");
}

TEST(EarlierResult, InAFolderThatIsKeptAlreadyGoesAsAWholeButForTheUsersFiles) {
  const Folder folder;
  ASSERT_EQ(once(folder, "npy", {{"a", "1"}, {"in/b", "1"}}, "one"), "");
  ASSERT_EQ(once(folder, "npy", {{"a", "2"}}, "two"), "");
  ASSERT_EQ(once(folder, "npy", {{"a", "1"}, {"in/b", "1"}}, "one"), "");
  write_text(folder / "npy/notes.txt", "the user's");
  ASSERT_EQ(once(folder, "npy", {{"a", "2"}}, "two"), "");
  EXPECT_THAT(folder.files(), ElementsAre("npy.1/a", "npy.1/in/b", "npy.2/a", "npy/a", "npy/notes.txt"));
  EXPECT_FALSE(fs::exists(folder / "npy/in"));
}

TEST(EarlierResult, OfOtherInputsIsKeptToo) {
  const Folder folder;
  for (const char* content : {"before", "after", "after"}) {
    write_text(folder / "input", content);
    FileRun run(folder / "out");
    run.stage("reader", "mapper",
              ToyMap::Options{[](const Number& n, Emitter& emit) { emit(Number{n.value}); },
                              [&](StageContext& context) { context.record_input(folder / "input"); }});
    run.edge("n.out", "reader.in");
    run.sink("store", folder / "out/r.csv", {{"", content}});
    run.edge("reader.out", "store.in");
    ASSERT_EQ(run.error(), "");
  }
  EXPECT_THAT(folder.files(), ElementsAre("input", "out/r.csv", "out/r.csv.1"));
  EXPECT_EQ(text_of(folder / "out/r.csv.1"), "before");
}

TEST(EarlierResult, InAFolderMovesAsAWholeAndLeavesTheUsersFilesThere) {
  const Folder folder;
  ASSERT_EQ(once(folder, "npy", {{"a", "1a"}, {"in/b", "1b"}}, "one"), "");
  write_text(folder / "npy/notes.txt", "the user's");
  ASSERT_EQ(once(folder, "npy", {{"a", "2a"}, {"c", "2c"}}, "two"), "");
  EXPECT_THAT(folder.files(), ElementsAre("npy.1/a", "npy.1/in/b", "npy/a", "npy/c", "npy/notes.txt"));
  EXPECT_EQ(text_of(folder / "npy.1/a") + text_of(folder / "npy.1/in/b"), "1a1b");
  EXPECT_EQ(text_of(folder / "npy/a") + text_of(folder / "npy/c"), "2a2c");
  // Both are known: the older one may be used as a result again.
  ASSERT_EQ(once(folder, "npy.1", {{"a", "3a"}}, "one"), "");
  EXPECT_THAT(folder.files(), ElementsAre("npy.1/a", "npy.1/in/b", "npy/a", "npy/c", "npy/notes.txt"));
}

/// A run whose sink puts what an interrupted run has beside the earlier result, as those of ipet do.
void keep(const Folder& folder, const std::string& definition, bool interrupted, const std::string& text) {
  FileRun run(folder.path, definition);
  run.interrupt = interrupted;
  for (const bool file : {true, false}) {
    ToySink::Options sink;
    sink.create = [&, file](StageContext& context) { context.reserve(folder / (file ? "r.csv" : "npy")); };
    sink.commit = [&, file](StageContext& context) {
      const std::string result = file ? "r.csv" : "npy";
      const bool beside = context.interrupted() && fs::exists(folder / result);
      const fs::path final = folder / (result + (beside ? ".interrupted" : ""));
      hand_over(context, final, file ? Contents{{"", text}} : Contents{{"a", text}, {"in/b", text}});
    };
    const std::string id = file ? "file" : "folder";
    run.stage(id, "writer", sink).edge("n.out", id + ".in");
  }
  const Result result = run.run();
  EXPECT_EQ(result.interrupted, interrupted);
  EXPECT_TRUE(result.committed);
}

TEST(EarlierResult, OfAnInterruptedRunThatStandsBesideGoesWhenTheSameDefinitionIsComplete) {
  const Folder folder;
  keep(folder, "one", false, "whole");
  keep(folder, "one", true, "part");
  ASSERT_THAT(folder.files(), ElementsAre("npy.interrupted/a", "npy.interrupted/in/b", "npy/a", "npy/in/b",
                                          "r.csv", "r.csv.interrupted"));
  keep(folder, "two", false, "other");
  EXPECT_EQ(text_of(folder / "r.csv.interrupted"), "part") << "another definition does not complete it";
  keep(folder, "one", false, "whole again");
  EXPECT_EQ(text_of(folder / "r.csv"), "whole again");
  EXPECT_FALSE(fs::exists(folder / "r.csv.interrupted"));
  EXPECT_FALSE(fs::exists(folder / "npy.interrupted"));
  EXPECT_FALSE(MadeFiles(folder.path).files.contains("r.csv.interrupted"));
}

TEST(EarlierResult, OfAnInterruptedRunThatWasEditedStays) {
  const Folder folder;
  keep(folder, "one", false, "whole");
  keep(folder, "one", true, "part");
  write_text(folder / "r.csv.interrupted", "mine");
  write_text(folder / "npy.interrupted/notes.txt", "mine");
  keep(folder, "one", false, "whole");
  EXPECT_THAT(folder.files(),
              ElementsAre("npy.interrupted/notes.txt", "npy/a", "npy/in/b", "r.csv", "r.csv.interrupted"));
}

TEST(EarlierResult, ThatIpetDidNotMakeIsRefusedBeforeAnyWork) {
  const Folder folder;
  write_text(folder / "r.csv", "precious");
  FileRun run(folder.path);
  run.sink("store", folder / "r.csv", {{"", "new"}});
  EXPECT_EQ(run.error(), "stage 'store' (plugin writer): " + (folder / "r.csv").string() +
                             ": is in the way and is not replaced: ipet has no record of having made it" +
                             next_step);
  EXPECT_EQ(run.started, 0);
  EXPECT_EQ(text_of(folder / "r.csv"), "precious");
}

TEST(EarlierResult, ThatWasEditedIsRefusedBeforeAnyWork) {
  const Folder folder;
  ASSERT_EQ(once(folder, "r.csv", {{"", "made"}}), "");
  ASSERT_EQ(once(folder, "npy", {{"a", "made"}}), "");
  for (const auto& [file, result] : {std::pair("r.csv", "r.csv"), std::pair("npy/a", "npy")}) {
    for (const char* edit : {"MADE", "made and more"}) {
      write_text(folder / file, edit);
      FileRun run(folder.path);
      run.sink("store", folder / result, {{result == std::string("npy") ? "a" : "", "new"}});
      EXPECT_EQ(run.error(), "stage 'store' (plugin writer): " + (folder / file).string() +
                                 ": is in the way and is not replaced: it was changed since ipet made it" +
                                 next_step);
      EXPECT_EQ(run.started, 0);
      EXPECT_EQ(text_of(folder / file), edit);
    }
  }
}

TEST(EarlierResult, ThatIsALinkOrAFolderIsRefused) {
  const Folder folder;
  ASSERT_EQ(once(folder, "made.csv", {{"", "made"}}), "");
  fs::create_symlink(folder / "made.csv", folder / "link.csv");
  fs::create_symlink(folder / "nowhere", folder / "dangling.csv");
  for (const char* name : {"link.csv", "dangling.csv"})
    EXPECT_THAT(once(folder, name, {{"", "new"}}), HasSubstr("ipet has no record of having made it")) << name;
  EXPECT_EQ(text_of(folder / "made.csv"), "made");
}

TEST(EarlierResult, ThatWasTouchedOrCopiedWithItsRecordIsStillKnown) {
  const Folder folder;
  ASSERT_EQ(once(folder, "a/r.csv", {{"", "made"}}), "");
  fs::last_write_time(folder / "a/r.csv", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(once(folder, "a/r.csv", {{"", "again"}}), "");
  const Folder other;
  fs::copy(folder.path, other.path, fs::copy_options::recursive);
  EXPECT_EQ(once(other, "a/r.csv", {{"", "there"}}), "");
  EXPECT_EQ(text_of(other / "a/r.csv"), "there");
}

TEST(EarlierResult, OutsideOfTheRunsFolderIsKnownToOtherRuns) {
  const Folder folder;
  const auto run_in = [&](const std::string& output, const std::string& definition) {
    FileRun run(folder / output, definition);
    run.sink("store", folder / "shared/r.csv", {{"", output}});
    return run.error();
  };
  ASSERT_EQ(run_in("one", "d"), "");
  ASSERT_EQ(run_in("two", "d"), "");
  ASSERT_EQ(run_in("three", "other"), "");
  EXPECT_THAT(folder.files(), ElementsAre("shared/r.csv", "shared/r.csv.1"));
  EXPECT_EQ(text_of(folder / "shared/r.csv.1"), "two");
  // The run's own folder may also lie above.
  EXPECT_EQ(once(folder, "shared/r.csv", {{"", "above"}}, "other"), "");
  EXPECT_THAT(folder.files(), ElementsAre("shared/r.csv", "shared/r.csv.1"));
}

TEST(EarlierResult, PutInTheWayDuringTheRunStaysAndTheNewOneLiesBesideIt) {
  const Folder folder;
  FileRun run(folder.path);
  run.sink("a", folder / "a.csv", {{"", "A"}});
  run.sink("b", folder / "b.csv", {{"", "B"}}, [&] { write_text(folder / "b.csv", "the user's"); });
  EXPECT_EQ(run.error(), "publishing the results: " + (folder / "b.csv").string() +
                             ": was not made by ipet, so it is not replaced; the result is in " +
                             (folder / "b.csv.new").string());
  EXPECT_THAT(folder.files(), ElementsAre("a.csv", "b.csv", "b.csv.new"));
  EXPECT_EQ(text_of(folder / "b.csv"), "the user's");
  EXPECT_EQ(text_of(folder / "b.csv.new"), "B");
}

TEST(EarlierResult, ThatThisRunReadsIsRefusedWhenAnOptionNamesItAndWhenItIsRead) {
  const Folder folder;
  ASSERT_EQ(once(folder, "r.csv", {{"", "made"}}), "");
  for (const bool by_option : {true, false}) {
    FileRun run(folder.path);
    run.sink("store", folder / "r.csv", {{"", "new"}});
    const std::string spelling = folder.path.string() + "/./r.csv";
    run.stage("reader", "mapper",
              ToyMap::Options{[](const Number& n, Emitter& emit) { emit(Number{n.value}); },
                              [&](StageContext& context) {
                                if (!by_option) context.record_input(spelling);
                              }});
    run.edge("n.out", "reader.in");
    if (by_option) {
      run.plan.stages.back().options_table.table()->push_back(
          {"files", {}, Value(Array{Value(std::string("none")), Value(spelling)})});
      EXPECT_EQ(run.error(),
                spelling +
                    ": stage 'reader' reads this file and stage 'store' would replace it; let this "
                    "run write elsewhere (--output, or the stage's option)");
    } else {
      EXPECT_EQ(run.error(),
                "stage 'reader' (plugin mapper): " + spelling +
                    ": this run reads the file and stage 'store' would replace it; let this run write "
                    "elsewhere (--output, or the stage's option)");
    }
    EXPECT_EQ(run.started, 0);
    EXPECT_EQ(text_of(folder / "r.csv"), "made");
  }
}

/// A run whose task makes `contents` for later stages.
std::string made_for_later(const Folder& folder, const Contents& contents,
                           std::vector<std::string>* said = nullptr) {
  FileRun run(folder.path);
  ToyTask::Options task;
  task.run = [&](StageContext& context, Emitter& emit) {
    context.reserve(folder / "captures");
    hand_over(context, folder / "captures", contents);
    emit(NumberSet{});
  };
  run.stage("home", "tasker", task);
  const std::string error = run.error();
  if (said != nullptr) *said = run.said;
  return error;
}

TEST(FilesForLaterStages, OfTheSameContentAreLeftAloneAndOthersKeepTheEarlierFolder) {
  const Folder folder;
  const auto inode = [&](const std::string& name) {
    struct stat seen {};
    ::stat((folder / name).c_str(), &seen);
    return seen.st_ino;
  };
  ASSERT_EQ(made_for_later(folder, {{"1.pcap", "one"}, {"2.pcap", "two"}}), "");
  const auto before = inode("captures/1.pcap");
  ASSERT_EQ(made_for_later(folder, {{"1.pcap", "one"}, {"2.pcap", "two"}}), "");
  EXPECT_EQ(inode("captures/1.pcap"), before) << "the same content was written again";
  std::vector<std::string> said;
  ASSERT_EQ(made_for_later(folder, {{"1.pcap", "one"}, {"3.pcap", "three"}, {"2.pcap", "2"}}, &said), "");
  EXPECT_EQ(text_of(folder / "captures/1.pcap") + text_of(folder / "captures/2.pcap"), "one2");
  EXPECT_EQ(text_of(folder / "captures.1/1.pcap") + text_of(folder / "captures.1/2.pcap"), "onetwo");
  EXPECT_THAT(said, ElementsAre("home: the earlier captures is of other content and stays as " +
                                (folder / "captures.1").string()));
}

TEST(FilesForLaterStages, ThatAreKeptAlreadyAreNotKeptAgain) {
  const Folder folder;
  const Contents one = {{"1.pcap", "one"}, {"2.pcap", "one"}}, two = {{"1.pcap", "two"}};
  std::vector<std::string> said;
  for (const Contents& contents : {one, two, one}) ASSERT_EQ(made_for_later(folder, contents), "");
  ASSERT_EQ(made_for_later(folder, two, &said), "");
  EXPECT_THAT(said, ElementsAre("home: the earlier captures is of other content and is kept already as " +
                                (folder / "captures.1").string()));
  EXPECT_THAT(folder.files(),
              ElementsAre("captures.1/1.pcap", "captures.1/2.pcap", "captures.2/1.pcap", "captures/1.pcap"));
  EXPECT_EQ(text_of(folder / "captures/1.pcap"), "two");
}

TEST(FilesForLaterStages, ThatWereEditedAreRefused) {
  const Folder folder;
  ASSERT_EQ(made_for_later(folder, {{"devices.toml", "made"}}), "");
  write_text(folder / "captures/devices.toml", "edited");
  EXPECT_THAT(made_for_later(folder, {{"devices.toml", "made"}}),
              HasSubstr("it was changed since ipet made it"));
  EXPECT_EQ(text_of(folder / "captures/devices.toml"), "edited");
}

TEST(FilesForLaterStages, AreWhatACancelledRunLeavesAndSaysSo) {
  const Folder folder;
  for (const auto& [content, published] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{{"one", {"captures"}}, {"one", {}}}) {
    FileRun run(folder.path);
    ToyTask::Options task;
    task.run = [&](StageContext& context, Emitter&) {
      hand_over(context, folder / "captures", {{"1.pcap", content}});
      run.stop.level = 2;
      context.check();
    };
    run.stage("home", "tasker", task);
    run.sink("store", folder / "r.csv", {{"", "never"}});
    const Result result = run.run();
    EXPECT_TRUE(result.interrupted);
    EXPECT_FALSE(result.committed);
    EXPECT_EQ(result.published, published) << "the same bytes are not new";
  }
  FileRun run(folder.path);
  run.sink("store", folder / "in/r.csv", {{"", "1"}})
      .sink("other", folder.path.string() + "-x.csv", {{"", "2"}});
  EXPECT_THAT(run.run().published, ElementsAre("in/r.csv", folder.path.string() + "-x.csv"));
  fs::remove(folder.path.string() + "-x.csv");
  fs::remove(folder.path.parent_path() / ".ipet-made.json");
}

TEST(FilesForLaterStages, CanBeAskedForBeforeTheyAreWritten) {
  const Folder folder;
  ASSERT_EQ(once(folder, "made", {{"", "made"}}), "");
  ASSERT_EQ(once(folder, "edited", {{"", "made"}}), "");
  write_text(folder / "edited", "edited");
  write_text(folder / "foreign", "");
  FileRun run(folder.path);
  std::vector<Earlier> answers;
  ToyTask::Options task;
  task.run = [&](StageContext& context, Emitter& emit) {
    for (const char* name : {"nothing", "made", "edited", "foreign"})
      answers.push_back(context.earlier(folder / name));
    emit(NumberSet{});
  };
  run.stage("t", "tasker", task);
  ASSERT_EQ(run.error(), "");
  EXPECT_THAT(answers, ElementsAre(Earlier::nothing, Earlier::made, Earlier::changed, Earlier::foreign));
}

}  // namespace
}  // namespace ipet::run::test
