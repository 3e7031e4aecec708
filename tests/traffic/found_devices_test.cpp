// Devices that were found, and the file that names them: nothing that stands in the folder is overwritten.
#include "stages/traffic/found_devices.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stages/traffic/device_file.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ipet::traffic;

class FoundDevices : public testing::Test {
 protected:
  ~FoundDevices() override { fs::remove_all(folder_); }
  static std::string text_of(const fs::path& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  /// As a run does; returns the file's name.
  std::string write(const std::string& text) const {
    fs::create_directories(folder_);
    const FoundDevicesFile file = found_devices_file(folder_, text);
    if (!file.is_there) std::ofstream(file.path) << text;
    return file.path.filename();
  }
  fs::path folder_ = fs::temp_directory_path() / ("ipet-found-" + std::to_string(::getpid())) / "deep";
};

TEST(DiscoveredName, IsVendorPrefixAndLastBytes) {
  EXPECT_EQ(discovered_name(MacAddress::parse("f4:b8:5e:ff:2b:1b").value()), "f4b85e-ff2b1b");
}

TEST_F(FoundDevices, AreWrittenAsAFileThatLoadsAgain) {
  const std::string text = found_devices_text(
      {Network::parse("192.168.0.0/16").value(), Network::parse("fe80::/10").value()},
      {{"f4b85e-ff2b1b", "f4:b8:5e:ff:2b:1b", "192.168.1.5", 12}, {"10.0.0.7", "", "10.0.0.7", 3}});
  EXPECT_EQ(write(text), "devices.toml");
  EXPECT_THAT(text_of(folder_ / "devices.toml"),
              testing::HasSubstr(R"(local_networks = ["192.168.0.0/16", "fe80::/10"]

[[device]]
name = "10.0.0.7"
ip = ["10.0.0.7"]
description = "3 packets across the gateway"

[[device]]
name = "f4b85e-ff2b1b"
mac = "f4:b8:5e:ff:2b:1b"
description = "12 packets across the gateway"
)"));
  EXPECT_THAT(load_device_file(folder_ / "devices.toml").names(),
              testing::ElementsAre("10.0.0.7", "f4b85e-ff2b1b"));
  EXPECT_THAT(files(), testing::ElementsAre("devices.toml"));
}

TEST_F(FoundDevices, GoBesideAFileThatSaysSomethingElse) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "devices.toml") << "mine";
  EXPECT_EQ(write("found"), "devices.found.toml");
  EXPECT_EQ(write("found"), "devices.found.toml");  // says the same
  EXPECT_EQ(write("more"), "devices.found.2.toml");
  EXPECT_EQ(write("most"), "devices.found.3.toml");
  EXPECT_EQ(text_of(folder_ / "devices.toml"), "mine");
  EXPECT_EQ(text_of(folder_ / "devices.found.toml"), "found");
  EXPECT_EQ(text_of(folder_ / "devices.found.2.toml"), "more");
}

TEST_F(FoundDevices, NeverFollowALink) {
  fs::create_directories(folder_);
  fs::create_symlink("elsewhere", folder_ / "devices.toml");  // dangling
  EXPECT_EQ(write("found"), "devices.found.toml");
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
}

TEST_F(FoundDevices, TakeNoNameThatIsSpokenFor) {
  EXPECT_EQ(found_devices_file(folder_, "found", {folder_ / "devices.toml"}).path.filename(),
            "devices.found.toml");
}

TEST_F(FoundDevices, DoNotOpenAPipeOfTheirName) {
  fs::create_directories(folder_);
  ASSERT_EQ(::mkfifo((folder_ / "devices.toml").c_str(), 0600), 0);  // nobody writes
  EXPECT_EQ(write("found"), "devices.found.toml");
}

}  // namespace
