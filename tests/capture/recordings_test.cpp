#include "stages/capture/recordings.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stages/capture/byte_source.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ipet::capture;
using testing::ElementsAre;

class Captures : public testing::Test {
 protected:
  Captures() : folder_(fs::temp_directory_path() / ("ipet-recordings-" + std::to_string(::getpid()))) {
    for (const char* name : {"a/day2.pcap", "a/day10.pcap", "a/deep/x.pcapng.gz", "b/y.cap", "b/z.pcap.zst",
                             "b/notes.txt", "b/devices.toml"}) {
      fs::create_directories((folder_ / name).parent_path());
      std::ofstream(folder_ / name) << "x";
    }
  }
  ~Captures() override { fs::remove_all(folder_); }

  std::vector<std::string> find(const std::vector<std::string>& patterns) const {
    std::vector<std::string> full, paths;
    for (const std::string& pattern : patterns) full.push_back((folder_ / pattern).string());
    for (const InputFile& file : find_captures(full))
      paths.push_back(file.path.lexically_relative(folder_).string());
    return paths;
  }
  std::vector<std::string> names(const std::vector<std::string>& patterns) const {
    std::vector<std::string> full, names;
    for (const std::string& pattern : patterns) full.push_back((folder_ / pattern).string());
    for (const InputFile& file : find_captures(full)) names.push_back(file.name);
    return names;
  }
  std::string error_of(const std::string& pattern) const {
    try {
      (void)find_captures({pattern});
    } catch (const CaptureError& error) {
      return error.what();
    }
    return "no error";
  }
  fs::path folder_;
};

TEST_F(Captures, OfAFolderAreAllCapturesInItAndBelowInNaturalOrder) {
  EXPECT_THAT(find({""}),
              ElementsAre("a/day2.pcap", "a/day10.pcap", "a/deep/x.pcapng.gz", "b/y.cap", "b/z.pcap.zst"));
  EXPECT_THAT(find({"b"}), ElementsAre("b/y.cap", "b/z.pcap.zst"));
}

TEST_F(Captures, AreNamedInUtf8WithoutControlCharacters) {
  for (const char* name : {"n/caf\xe9.pcap", "n/caf\xc3\xa9.pcap", "n/a\n\x1b.pcap", "n/a%41.pcap",
                           "n/50%.pcap", "caf\xe9/day%41.pcap"}) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
  }
  EXPECT_THAT(names({"n"}), testing::UnorderedElementsAre("caf%E9.pcap", "caf\xc3\xa9.pcap", "a%0A%1B.pcap",
                                                          "a%2541.pcap", "50%.pcap"));
  EXPECT_THAT(names({"caf\xe9"}), ElementsAre("day%2541.pcap"));
  EXPECT_THAT(names({"caf*/*"}), ElementsAre("caf%E9/day%2541.pcap"));
  // Two of one name: both begin at the folder of all, and are escaped once.
  std::ofstream(folder_ / "n/day%41.pcap") << "x";
  EXPECT_THAT(names({"caf\xe9/day%41.pcap", "n/day%41.pcap"}),
              testing::UnorderedElementsAre("caf%E9/day%2541.pcap", "n/day%2541.pcap"));
}

TEST_F(Captures, ThatAKilledRunHasLeftHalfWrittenAreNone) {
  fs::create_directories(folder_ / "b" / ".ipet-tmp-a1B2c3");
  std::ofstream(folder_ / "b" / ".ipet-tmp-a1B2c3" / "1.pcap") << "x";
  EXPECT_THAT(find({"b"}), ElementsAre("b/y.cap", "b/z.pcap.zst"));
}

TEST_F(Captures, OfAGlobAreTheFilesThatMatch) {
  EXPECT_THAT(find({"*/*.pcap"}), ElementsAre("a/day2.pcap", "a/day10.pcap"));
  EXPECT_THAT(find({"**/*.pcap*"}),
              ElementsAre("a/day2.pcap", "a/day10.pcap", "a/deep/x.pcapng.gz", "b/z.pcap.zst"));
  EXPECT_THAT(find({"a/day?.pcap"}), ElementsAre("a/day2.pcap"));
  EXPECT_THAT(find({"[b-c]/y.*"}), ElementsAre("b/y.cap"));
}

TEST_F(Captures, NamedTwiceAreReadOnce) {
  EXPECT_THAT(find({"a/*.pcap", "a/day2.pcap", "b/../a/day2.pcap"}),
              ElementsAre("a/day2.pcap", "a/day10.pcap"));
}

TEST_F(Captures, AreFoundWithRelativePatterns) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const auto files = find_captures({"**/day*.pcap"});
  fs::current_path(before);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, "a/day2.pcap");
  EXPECT_EQ(files[0].name, "a/day2.pcap");
}

TEST_F(Captures, AreCalledByWhereTheyLieInWhatWasGiven) {
  EXPECT_THAT(names({"a"}), ElementsAre("day2.pcap", "day10.pcap", "deep/x.pcapng.gz"));
  EXPECT_THAT(names({"a/"}), names({"a"}));
  EXPECT_THAT(names({"b/../a/./"}), names({"a"}));
  EXPECT_THAT(names({"a/day10.pcap"}), ElementsAre("day10.pcap"));
  EXPECT_THAT(names({"a/*.pcap"}), ElementsAre("day2.pcap", "day10.pcap"));
  EXPECT_THAT(names({"[a]/*.pcap"}), ElementsAre("a/day2.pcap", "a/day10.pcap"));
  fs::create_directory_symlink(folder_ / "a", folder_ / "link");
  EXPECT_THAT(names({"link"}), names({"a"}));
}

TEST_F(Captures, OfSeveralEntriesWithOneNameAreCalledFromTheFolderThatHoldsThemAll) {
  fs::copy(folder_ / "a/day2.pcap", folder_ / "b/day2.pcap");
  EXPECT_THAT(names({"b/y.cap", "a/day2.pcap"}), ElementsAre("day2.pcap", "y.cap"));
  EXPECT_THAT(names({"b/day2.pcap", "a/day2.pcap", "b/y.cap"}),
              ElementsAre("a/day2.pcap", "b/day2.pcap", "b/y.cap"));
}

TEST_F(Captures, ThatAreNotThereAreAnErrorThatSaysWhatWasLookedFor) {
  const std::string here = folder_.string();
  EXPECT_EQ(error_of(here + "/c"),
            here + "/c: no such file or folder; give a capture, a folder that holds some, or a glob");
  const std::string from = " (from folder " + fs::current_path().string() + ")";
  EXPECT_EQ(error_of("not/there"), "not/there: no such file or folder" + from +
                                       "; give a capture, a folder that holds some, or a glob");
  EXPECT_EQ(error_of(here + "/c/*.pcap"), "no capture matches " + here + "/c/*.pcap" + from +
                                              "; in quotes, a shell leaves a glob as it is");
  fs::create_directory(folder_ / "empty");
  EXPECT_EQ(
      error_of(here + "/empty"),
      "no captures in " + here +
          "/empty: looked for *.pcap, *.pcapng and *.cap, also packed (.gz, .zst, .xz, .bz2, .lz4), in it "
          "and below; give the folder that holds them");
  for (const std::string blank : {"", " "})
    EXPECT_EQ(error_of(blank), "'" + blank +
                                   "' names no captures: give a file, a folder, a glob, or - for standard "
                                   "input");
}

TEST_F(Captures, ThatAreNotThereAreAllNamedAtOnce) {
  const std::string here = folder_.string();
  try {
    (void)find_captures({here + "/c", here + "/a", "", here + "/d"});
    FAIL();
  } catch (const CaptureError& error) {
    EXPECT_THAT(error.what(), testing::MatchesRegex(here + "/c: no such[^\n]*\n'' names no[^\n]*\n" + here +
                                                    "/d: no such[^\n]*"));
  }
}

TEST_F(Captures, ThatTcpdumpRotatedAndThoseInCapitalsAreTaken) {
  for (const char* name :
       {"t/x.pcap", "t/x.pcap1", "t/x.pcap10", "t/x.pcap2.gz", "t/y.PCAP", "t/z.PcapNG.XZ"}) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "x";
  }
  EXPECT_THAT(names({"t"}),
              ElementsAre("x.pcap", "x.pcap1", "x.pcap2.gz", "x.pcap10", "y.PCAP", "z.PcapNG.XZ"));
}

TEST_F(Captures, ThatAreLeftOutAreNamed) {
  const auto put = [&](const std::string& name, const std::string& content) {
    std::ofstream(folder_ / "b" / name, std::ios::binary) << content;
  };
  put("dump", "\xd4\xc3\xb2\xa1 and more");
  put("backup.pcap~", "\x0a\x0d\x0d\x0a and more");
  fs::create_symlink("nowhere", folder_ / "b/gone.pcap");
  ASSERT_EQ(::mkfifo((folder_ / "b/pipe.pcap").c_str(), 0600), 0);
  std::vector<std::string> left_out;
  const auto files = find_captures({(folder_ / "b").string()}, &left_out);
  EXPECT_EQ(files.size(), 2U);
  const std::string here = (folder_ / "b").string();
  const std::string renamed =
      ": begins like a capture, but has no name of one (*.pcap, *.pcapng and *.cap); rename it, or give it "
      "itself";
  EXPECT_THAT(left_out, testing::UnorderedElementsAre(
                            here + "/gone.pcap: a link to nowhere, which is not there",
                            here + "/pipe.pcap: is no file; a pipe is read when it is given itself",
                            here + "/dump" + renamed, here + "/backup.pcap~" + renamed));
  EXPECT_EQ(error_of(here + "/gone.pcap"), here +
                                               "/gone.pcap: a link to nowhere, which is not there; "
                                               "mend the link, or give the file that it stands for");
}

TEST_F(Captures, AreFoundThroughLinksToFoldersAlsoWhenTheseLeadInCircles) {
  fs::create_directory(folder_ / "links");
  fs::create_directory_symlink(folder_ / "a", folder_ / "links/day");
  fs::create_directory_symlink(folder_ / "links", folder_ / "a/up");
  EXPECT_THAT(names({"links"}), ElementsAre("day/day2.pcap", "day/day10.pcap", "day/deep/x.pcapng.gz"));
  EXPECT_THAT(names({"links/*/*.pcap"}), ElementsAre("day/day2.pcap", "day/day10.pcap"));
}

/// "name: path path" of each.
std::vector<std::string> texts(const std::vector<Recording>& recordings) {
  std::vector<std::string> all;
  for (const Recording& recording : recordings) {
    all.push_back(recording.name + ":");
    for (const fs::path& file : recording.files) all.back() += " " + file.string();
  }
  return all;
}

TEST(Recordings, AreFilesFoldersOrEverything) {
  const std::vector<InputFile> files = {
      {"h/1.pcap", "1.pcap", 0}, {"h/a/1.pcap", "a/1.pcap", 0}, {"h/a/2.pcap", "a/2.pcap", 0}};
  EXPECT_THAT(texts(group_recordings(files, Grouping::file)),
              ElementsAre("1.pcap: h/1.pcap", "a/1.pcap: h/a/1.pcap", "a/2.pcap: h/a/2.pcap"));
  EXPECT_THAT(texts(group_recordings(files, Grouping::folder)),
              ElementsAre("1.pcap: h/1.pcap", "a: h/a/1.pcap h/a/2.pcap"));
  EXPECT_THAT(texts(group_recordings(files, Grouping::joined)),
              ElementsAre("1.pcap: h/1.pcap h/a/1.pcap h/a/2.pcap"));
  EXPECT_THAT(texts(group_recordings({}, Grouping::joined)), ElementsAre());
}

TEST(Recordings, HaveTheirFilesInTheOrderOfAList) {
  const std::vector<InputFile> files = {
      {"h/1.pcap", "1.pcap", 2}, {"h/2.pcap", "2.pcap", 0}, {"h/3.pcap", "3.pcap", 1}};
  EXPECT_THAT(texts(group_recordings(files, Grouping::joined)),
              ElementsAre("1.pcap: h/2.pcap h/3.pcap h/1.pcap"));
}

TEST(Recordings, HaveTheirFilesInTheOrderOfTheirFirstPackets) {
  const std::vector<InputFile> ring = {{"h/x0", "x0", 0, 300},
                                       {"h/x1", "x1", 0, 100},
                                       {"h/x2", "x2", 0, std::nullopt},
                                       {"h/x3", "x3", 0, 200}};
  EXPECT_THAT(texts(group_recordings(ring, Grouping::joined)), ElementsAre("x0: h/x1 h/x3 h/x2 h/x0"));
  // What a list says counts where the times do not.
  const std::vector<InputFile> list = {{"h/1", "1", 1, 100}, {"h/2", "2", 0, 100}};
  EXPECT_THAT(texts(group_recordings(list, Grouping::folder)), ElementsAre("1: h/2 h/1"));
}

TEST(Recordings, TakeNoOrderFromAClockThatWasNeverSet) {
  using ipet::traffic::second;
  constexpr auto set = 1'700'000'000 * second, unset = 7 * second;
  const std::vector<InputFile> files = {
      {"h/1", "1", 0, set}, {"h/2", "2", 0, unset}, {"h/3", "3", 0, set + 9}, {"h/4", "4", 0, set + 3}};
  EXPECT_THAT(texts(group_recordings(files, Grouping::joined)), ElementsAre("1: h/1 h/2 h/4 h/3"));
}

TEST(Recordings, OfFoldersThatAreCalledAlikeAreCalledByTheirFirstFiles) {
  const std::vector<InputFile> files = {{"x/d/1.pcap", "d/1.pcap", 0}, {"y/d/2.pcap", "d/2.pcap", 1}};
  EXPECT_THAT(texts(group_recordings(files, Grouping::folder)),
              ElementsAre("d/1.pcap: x/d/1.pcap", "d/2.pcap: y/d/2.pcap"));
}

}  // namespace
