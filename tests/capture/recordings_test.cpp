#include "stages/capture/recordings.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
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
    std::vector<std::string> full, names;
    for (const std::string& pattern : patterns) full.push_back((folder_ / pattern).string());
    for (const fs::path& file : find_captures(full))
      names.push_back(file.lexically_relative(folder_).string());
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
  EXPECT_THAT(files, ElementsAre("a/day2.pcap", "a/day10.pcap"));
}

TEST_F(Captures, ThatAreNotThereAreAnErrorThatSaysWhatWasLookedFor) {
  const std::string here = folder_.string();
  EXPECT_EQ(error_of(here + "/c"), here + "/c: no such file or folder");
  EXPECT_EQ(error_of(here + "/c/*.pcap"),
            "no capture matches " + here + "/c/*.pcap (from folder " + fs::current_path().string() + ")");
  fs::create_directory(folder_ / "empty");
  EXPECT_EQ(error_of(here + "/empty"),
            "no captures in " + here +
                "/empty: looked for *.pcap, *.pcapng and *.cap, also with .gz or .zst, in it and below");
}

std::vector<std::string> names(const std::vector<Recording>& recordings) {
  std::vector<std::string> all;
  for (const Recording& recording : recordings)
    all.push_back(recording.name + ":" + std::to_string(recording.files.size()));
  return all;
}

TEST(Recordings, AreFilesFoldersOrEverything) {
  const std::vector<fs::path> files = {"h/a/1.pcap", "h/a/2.pcap", "h/b/1.pcap"};
  EXPECT_THAT(names(group_recordings(files, Grouping::file)),
              ElementsAre("h/a/1.pcap:1", "h/a/2.pcap:1", "h/b/1.pcap:1"));
  EXPECT_THAT(names(group_recordings(files, Grouping::folder)), ElementsAre("h/a:2", "h/b:1"));
  EXPECT_THAT(names(group_recordings(files, Grouping::joined)), ElementsAre("h:3"));
  EXPECT_THAT(names(group_recordings({"1.pcap"}, Grouping::joined)), ElementsAre(".:1"));
  EXPECT_THAT(names(group_recordings({"/1.pcap", "/x/2.pcap"}, Grouping::joined)), ElementsAre("/:2"));
}

}  // namespace
