// `captures` globs: relative to the devices file, and links are what they point to.
#include "stages/traffic/device_globs.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace ipet::traffic;
using testing::ElementsAre;
using testing::IsEmpty;

class DeviceGlobsOnDisk : public testing::Test {
 protected:
  DeviceGlobsOnDisk() {
    fs::create_directories(folder_ / "home/day1");
    fs::create_directories(folder_ / "moved/day1");
    for (const char* file : {"home/day1/x.pcap", "moved/day1/y.pcap"}) std::ofstream(folder_ / file) << "x";
  }
  ~DeviceGlobsOnDisk() override { fs::remove_all(folder_); }
  /// Whether a device with this glob is in a file.
  bool match(const std::string& glob, const fs::path& file,
             const fs::path& devices = "home/devices.toml") const {
    Device device;
    device.captures = {glob};
    return !DeviceGlobs({folder_ / devices, {}, {device}}).devices_of({(folder_ / file).string()}).empty();
  }
  fs::path folder_ = fs::canonical(fs::temp_directory_path()) / ("ipet-globs-" + std::to_string(::getpid()));
};

TEST_F(DeviceGlobsOnDisk, AreRelativeToTheDevicesFile) {
  EXPECT_TRUE(match("day1/*.pcap", "home/day1/x.pcap"));
  EXPECT_TRUE(match("../moved/*/y.pcap", "moved/day1/y.pcap"));
  EXPECT_FALSE(match("day1/*.pcap", "moved/day1/y.pcap"));
  EXPECT_TRUE(match((folder_ / "moved/**").string(), "moved/day1/y.pcap"));
}

TEST_F(DeviceGlobsOnDisk, OfAFolderStandForTheFilesInIt) {
  EXPECT_TRUE(match("day1", "home/day1/x.pcap"));
  EXPECT_TRUE(match("day1/", "home/day1/x.pcap"));
  EXPECT_FALSE(match("day*", "home/day1/x.pcap"));
  EXPECT_FALSE(match("day2", "home/day1/x.pcap"));
}

TEST_F(DeviceGlobsOnDisk, MatchFilesThatAreReachedByALinkToTheirFolder) {
  fs::create_directory_symlink(folder_ / "home", folder_ / "link");
  EXPECT_TRUE(match("day1/*.pcap", "link/day1/x.pcap"));
  EXPECT_TRUE(match("day1/*.pcap", "home/day1/x.pcap", "link/devices.toml"));
  fs::create_directory_symlink(folder_ / "home/day1", folder_ / "day1-link");
  EXPECT_TRUE(match("day1/*.pcap", "day1-link/x.pcap"));
}

TEST_F(DeviceGlobsOnDisk, MatchFilesBehindALinkThatTheGlobGoesThrough) {
  fs::create_directory_symlink(folder_ / "moved/day1", folder_ / "home/day2");
  EXPECT_TRUE(match("day2/*.pcap", "moved/day1/y.pcap"));
  EXPECT_TRUE(match("day2/*.pcap", "home/day2/y.pcap"));
}

TEST_F(DeviceGlobsOnDisk, MatchALinkedFileByItsOwnName) {
  fs::create_symlink(folder_ / "moved/day1/y.pcap", folder_ / "home/day1/z.pcap");
  EXPECT_TRUE(match("day1/z.pcap", "home/day1/z.pcap"));
  fs::create_directory_symlink(folder_ / "home", folder_ / "link");
  EXPECT_TRUE(match("day1/z.pcap", "link/day1/z.pcap"));
}

TEST_F(DeviceGlobsOnDisk, TakeWildcardsInTheFoldersOwnNameLiterally) {
  fs::create_directories(folder_ / "a[b]*");
  std::ofstream(folder_ / "a[b]*/x.pcap") << "x";
  EXPECT_TRUE(match("*.pcap", "a[b]*/x.pcap", "a[b]*/devices.toml"));
  EXPECT_FALSE(match("*.pcap", "home/day1/x.pcap", "a[b]*/devices.toml"));
}

TEST(DeviceGlobs, ThatAreNotGivenKeepADeviceInEveryRecording) {
  Device any, none;
  none.captures = {"nowhere/*"};
  EXPECT_THAT(DeviceGlobs({"devices.toml", {}, {any, none}}).devices_of({"x.pcap"}), ElementsAre(0u));
}

}  // namespace
