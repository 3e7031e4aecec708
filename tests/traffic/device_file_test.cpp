#include "stages/traffic/device_file.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace ipet::traffic;

class DeviceFileText : public testing::Test {
 protected:
  ~DeviceFileText() override { fs::remove(path_); }
  DeviceFile load(const std::string& text) {
    std::ofstream(path_) << text;
    return load_device_file(path_);
  }
  /// The error's text, with the path as FILE.
  std::string error_of(const std::string& text) {
    try {
      (void)load(text);
    } catch (const DeviceFileError& error) {
      std::string what = error.what();
      for (std::size_t at; (at = what.find(path_.string())) != std::string::npos;)
        what.replace(at, path_.string().size(), "FILE");
      return what;
    }
    return "no error";
  }
  fs::path path_ = fs::temp_directory_path() / ("ipet-devices-" + std::to_string(::getpid()) + ".toml");
};

TEST_F(DeviceFileText, IsReadWithAllItsKeys) {
  const DeviceFile file = load(R"(local_networks = ["192.168.1.0/24"]
[[device]]
name = "lamp"
mac = "f4:b8:5e:ff:2b:1b"
ip = ["192.168.1.5", "fe80::5"]
captures = "lamp/*.pcap"
description = "in the hall"
[[device]]
name = "phone"
ip = "192.168.1.6"
captures = ["x.pcap", "y.pcap"]
protect = false
)");
  ASSERT_EQ(file.devices.size(), 2u);
  EXPECT_THAT(file.names(), testing::ElementsAre("lamp", "phone"));
  EXPECT_EQ(file.local_networks.size(), 1u);
  const Device& lamp = file.devices[0];
  EXPECT_EQ(lamp.macs.at(0).text(), "f4:b8:5e:ff:2b:1b");
  EXPECT_EQ(lamp.addresses.at(1).text(), "fe80::5");
  EXPECT_EQ(lamp.description, "in the hall");
  EXPECT_TRUE(lamp.protect);
  EXPECT_EQ(lamp.place, path_.string() + ":2:1");
  EXPECT_FALSE(file.devices[1].protect);
  EXPECT_THAT(file.devices[1].macs, testing::IsEmpty());
  EXPECT_THAT(file.devices[1].captures, testing::ElementsAre("x.pcap", "y.pcap"));
}

TEST_F(DeviceFileText, WithoutLocalNetworksHasThePrivateOnes) {
  EXPECT_EQ(load("[[device]]\nname = 'a'\nip = '10.0.0.1'\n").local_networks.size(), 5u);
}

TEST_F(DeviceFileText, HasAllItsErrorsReportedAtOnceWithTheirPlaces) {
  EXPECT_EQ(
      error_of(R"(local_networks = ["192.168.0.0/16", "10.0.0.1/8"]
netwroks = 1

[[device]]
name = "lamp"
macc = "f4:b8:5e:ff:2b:1b"

[[device]]
name = "lamp"
mac = "f4:b8:5e"
ip = ["192.168.1.300"]

[[device]]
ip = "10.0.0.1"
protect = "no"
)"),
      "FILE:1:37: error: '10.0.0.1/8' is not a network: write it like 192.168.0.0/16 or fe80::/10, with no "
      "bits set beyond the prefix\n"
      "FILE:2:1: error: unknown key 'netwroks'; known: local_networks, [[device]]\n"
      "FILE:4:1: error: device 'lamp' has nothing to know it by: give mac, ip or captures\n"
      "FILE:6:1: error: unknown key 'macc' of a device; known: name, mac, ip, captures, description, "
      "protect\n"
      "FILE:8:1: error: device 'lamp' was declared before, at FILE:4:1\n"
      "FILE:10:7: error: 'f4:b8:5e' is not a MAC address (f4:b8:5e:ff:2b:1b)\n"
      "FILE:11:7: error: '192.168.1.300' is not an IP address\n"
      "FILE:13:1: error: device without a name\n"
      "FILE:15:11: error: protect must be true or false");
}

TEST_F(DeviceFileText, WithWrongTypesNamesWhatWasExpected) {
  EXPECT_EQ(error_of("device = 3\n"),
            "FILE:1:10: error: devices are declared as [[device]], with two brackets");
  EXPECT_EQ(error_of("[[device]]\nname = 3\nmac = 'f4:b8:5e:ff:2b:1b'\n"),
            "FILE:2:8: error: name must be a string");
  EXPECT_EQ(error_of("[[device]]\nname = 'a'\nip = [3]\n"),
            "FILE:3:7: error: an element of ip must be a string");
  EXPECT_EQ(error_of("[[device]]\nname = 'a'\nip = []\n"), "FILE:3:6: error: ip is an empty list");
}

TEST_F(DeviceFileText, WithANameThatNoPathCanHoldIsRefused) {
  EXPECT_EQ(error_of("[[device]]\nname = 'a/b'\nip = '10.0.0.1'\n"),
            "FILE:2:8: error: 'a/b' cannot name a device: no '/', '.', '..', control characters or nothing");
}

TEST_F(DeviceFileText, ThatIsNoTomlIsAnErrorWithItsPlace) {
  EXPECT_THAT(error_of("[[device]\nname = 'a'\n"), testing::StartsWith("FILE:1:10: error: "));
}

TEST_F(DeviceFileText, WithoutDevicesIsAnError) {
  EXPECT_EQ(error_of("local_networks = ['10.0.0.0/8']\n"), "FILE:1:1: error: no [[device]]: nothing to name");
}

TEST(DeviceFileOnDisk, ThatIsMissingIsAnErrorThatNamesIt) {
  try {
    (void)load_device_file("/nowhere/devices.toml");
    ADD_FAILURE() << "loaded";
  } catch (const DeviceFileError& error) {
    EXPECT_EQ(std::string(error.what()), "cannot read the devices file /nowhere/devices.toml");
  }
}

TEST_F(DeviceFileText, MayGiveOneDeviceSeveralMacs) {
  const DeviceFile file =
      load("[[device]]\nname = 'c'\nmac = ['02:00:00:00:00:0a', '0200.0000.000b', '02-00-00-00-00-0C']\n");
  ASSERT_EQ(file.devices[0].macs.size(), 3u);
  EXPECT_EQ(file.devices[0].macs[1].text(), "02:00:00:00:00:0b");
  EXPECT_EQ(file.devices[0].macs[2].text(), "02:00:00:00:00:0c");
  EXPECT_EQ(error_of("[[device]]\nname = 'c'\nmac = ['02:00:00:00:00:0a', 'x']\n"),
            "FILE:3:29: error: 'x' is not a MAC address (f4:b8:5e:ff:2b:1b)");
}

TEST_F(DeviceFileText, WithTwoDevicesOfOneNameTellsHowOneDeviceWithTwoMacsIsWritten) {
  EXPECT_EQ(
      error_of("[[device]]\nname = 'c'\nmac = '02:00:00:00:00:0a'\n"
               "[[device]]\nname = 'c'\nmac = '02:00:00:00:00:0b'\n"),
      "FILE:4:1: error: device 'c' was declared before, at FILE:1:1; one device with several MAC addresses "
      "is one [[device]] with mac = [\"02:00:00:00:00:0a\", \"02:00:00:00:00:0b\"]");
}

}  // namespace
