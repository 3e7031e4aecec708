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
  /// The error's text without quoted lines, with the path as FILE.
  std::string error_of(const std::string& text) { return without_quotes(full_error_of(text)); }
  static std::string without_quotes(const std::string& text) {
    std::string out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (line.find(" | ") == std::string::npos) out += (out.empty() ? "" : "\n") + line;
    return out;
  }
  std::string full_error_of(const std::string& text) {
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
      "FILE:1:37: error[devices-file]: '10.0.0.1/8' is not a network: write it like 192.168.0.0/16 or "
      "fe80::/10, with no "
      "bits set beyond the prefix\n"
      "FILE:2:1: error[devices-file]: unknown key 'netwroks'; known: local_networks, [[device]]\n"
      "FILE:4:1: error[devices-file]: device 'lamp' has nothing to know it by: give mac, ip or captures\n"
      "FILE:6:1: error[devices-file]: unknown key 'macc' of a device; known: name, mac, ip, captures, "
      "description, "
      "protect\n"
      "FILE:8:1: error[devices-file]: device 'lamp' was declared before, at FILE:4:1\n"
      "FILE:10:7: error[devices-file]: 'f4:b8:5e' is not a MAC address (f4:b8:5e:ff:2b:1b): it has 6 "
      "hexadecimal digits, not 12\n"
      "FILE:11:7: error[devices-file]: '192.168.1.300' is not an IP address\n"
      "FILE:13:1: error[devices-file]: device without a name\n"
      "FILE:15:11: error[devices-file]: protect must be true or false");
}

TEST_F(DeviceFileText, HasTheWrongLinesQuoted) {
  EXPECT_EQ(
      full_error_of("[[device]]\nname = 'lamp'\nip = '192.168.1.300'\ncolour = 'red'\n"),
      "FILE:3:6: error[devices-file]: '192.168.1.300' is not an IP address\n"
      "    3 | ip = '192.168.1.300'\n"
      "      |      ^^^^^^^^^^^^^^^\n"
      "FILE:4:1: error[devices-file]: unknown key 'colour' of a device; known: name, mac, ip, captures, "
      "description, protect\n"
      "    4 | colour = 'red'\n"
      "      | ^^^^^^");
}

TEST_F(DeviceFileText, HasTwentyOfItsErrorsShownAndTheOthersCounted) {
  std::string text;
  for (int i = 0; i < 57; ++i) text += "x" + std::to_string(i) + " = 1\n";
  const std::string error = error_of(text + "[[device]]\nname = 'a'\nip = '10.0.0.1'\n");
  EXPECT_THAT(error, testing::HasSubstr("FILE:20:1: error[devices-file]: unknown key 'x19'"));
  EXPECT_THAT(error, testing::Not(testing::HasSubstr("FILE:21:1")));
  EXPECT_THAT(error, testing::EndsWith("\nand 37 more errors"));
}

TEST_F(DeviceFileText, WithWrongTypesNamesWhatWasExpected) {
  EXPECT_EQ(error_of("device = 3\n"),
            "FILE:1:10: error[devices-file]: devices are declared as [[device]], with two brackets");
  EXPECT_EQ(error_of("[[device]]\nname = 3\nmac = 'f4:b8:5e:ff:2b:1b'\n"),
            "FILE:2:8: error[devices-file]: name must be a string");
  EXPECT_EQ(error_of("[[device]]\nname = 'a'\nip = [3]\n"),
            "FILE:3:7: error[devices-file]: an element of ip must be a string");
  EXPECT_EQ(error_of("[[device]]\nname = 'a'\nip = []\n"),
            "FILE:3:6: error[devices-file]: ip is an empty list");
}

TEST_F(DeviceFileText, WithANameThatNoPathCanHoldIsRefused) {
  EXPECT_EQ(error_of("[[device]]\nname = 'a/b'\nip = '10.0.0.1'\n"),
            "FILE:2:8: error[devices-file]: 'a/b' cannot name a device: no '/', '.', '..', control "
            "characters, blanks alone or "
            "nothing; UTF-8, at most 200 bytes");
}

TEST_F(DeviceFileText, OfMoreDevicesThanCanBeNumberedIsRefused) {
  std::string text;
  for (int i = 0; i < 65'536; ++i)
    text += "[[device]]\nname = 'd" + std::to_string(i) + "'\nip = '10.0.0.1'\n";
  EXPECT_EQ(error_of(text), "FILE:196606:1: error[devices-file]: 65536 devices, more than 65535");
}

TEST_F(DeviceFileText, WithANameThatATerminalWouldObeyIsRefusedAndShownEscaped) {
  const auto refused = [&](const std::string& name, const std::string& shown) {
    EXPECT_EQ(error_of("[[device]]\nname = " + name + "\nip = '10.0.0.1'\n"),
              "FILE:2:8: error[devices-file]: '" + shown + "' cannot name a device: " + name_rule);
  };
  refused(R"("a\u001b[2Jb")", "a\\x1b[2Jb");
  refused(R"("a\nb")", "a\\nb");
  refused(R"("a\u009bb")", "a\\u009bb");
  refused(R"("a\u202eb")", "a\\u202eb");
  refused("'   '", "   ");
  refused("'" + std::string(201, 'x') + "'", std::string(54, 'x') + " ... " + std::string(26, 'x'));
}

TEST_F(DeviceFileText, MayNameADeviceWithEverythingElse) {
  const std::string name = "\"lamp\", 'hall' <b>&amp; \\ $(reboot) `date` \xc3\xa9";
  EXPECT_THAT(load("[[device]]\nname = \"\"\"" + std::string("\\\"lamp\\\", 'hall' <b>&amp; \\\\ ") +
                   "$(reboot) `date` \xc3\xa9\"\"\"\nip = '10.0.0.1'\n")
                  .names(),
              testing::ElementsAre(name));
}

TEST_F(DeviceFileText, ThatIsNoTomlIsAnErrorWithItsPlace) {
  EXPECT_THAT(error_of("[[device]\nname = 'a'\n"), testing::StartsWith("FILE:1:10: error[invalid-toml]: "));
}

TEST_F(DeviceFileText, WithoutDevicesIsAnError) {
  EXPECT_EQ(error_of("local_networks = ['10.0.0.0/8']\n"),
            "FILE:1:1: error[devices-file]: no [[device]]: nothing to name");
}

TEST(DeviceFileOnDisk, ThatIsMissingIsAnErrorThatNamesIt) {
  try {
    (void)load_device_file("/nowhere/devices.toml");
    ADD_FAILURE() << "loaded";
  } catch (const DeviceFileError& error) {
    EXPECT_EQ(std::string(error.what()),
              "/nowhere/devices.toml: error[cannot-read]: cannot be read: No such file or directory");
  }
}

TEST_F(DeviceFileText, MayHaveBlanksAroundAnAddress) {
  const DeviceFile file =
      load("[[device]]\nname = 'c'\nmac = ' 02:00:00:00:00:0a\t'\nip = ['192.168.1.5 ', ' fe80::1']\n");
  ASSERT_EQ(file.devices[0].macs.size(), 1u);
  EXPECT_EQ(file.devices[0].macs[0].text(), "02:00:00:00:00:0a");
  ASSERT_EQ(file.devices[0].addresses.size(), 2u);
  EXPECT_EQ(file.devices[0].addresses[0].text(), "192.168.1.5");
  EXPECT_EQ(file.devices[0].addresses[1].text(), "fe80::1");
}

TEST_F(DeviceFileText, WithAMacOfAnotherLengthIsToldItsLength) {
  const auto error = [&](const std::string& mac) {
    return error_of("[[device]]\nname = 'c'\nmac = '" + mac + "'\n");
  };
  const std::string rule = " is not a MAC address (f4:b8:5e:ff:2b:1b)";
  // Seven bytes; the eight of an EUI-64; a digit too few; twelve digits, but wrong groups.
  EXPECT_EQ(error("02:00:00:00:00:0a:0b"), "FILE:3:7: error[devices-file]: '02:00:00:00:00:0a:0b'" + rule +
                                               ": it has 14 hexadecimal digits, not 12");
  EXPECT_EQ(error("0200:00ff:fe00:000a"), "FILE:3:7: error[devices-file]: '0200:00ff:fe00:000a'" + rule +
                                              ": it has 16 hexadecimal digits, not 12");
  EXPECT_EQ(error("02000000000"),
            "FILE:3:7: error[devices-file]: '02000000000'" + rule + ": it has 11 hexadecimal digits, not 12");
  EXPECT_EQ(error("0200:0000:00:0a"), "FILE:3:7: error[devices-file]: '0200:0000:00:0a'" + rule);
}

TEST_F(DeviceFileText, MayGiveOneDeviceSeveralMacs) {
  const DeviceFile file =
      load("[[device]]\nname = 'c'\nmac = ['02:00:00:00:00:0a', '0200.0000.000b', '02-00-00-00-00-0C']\n");
  ASSERT_EQ(file.devices[0].macs.size(), 3u);
  EXPECT_EQ(file.devices[0].macs[1].text(), "02:00:00:00:00:0b");
  EXPECT_EQ(file.devices[0].macs[2].text(), "02:00:00:00:00:0c");
  EXPECT_EQ(error_of("[[device]]\nname = 'c'\nmac = ['02:00:00:00:00:0a', 'x']\n"),
            "FILE:3:29: error[devices-file]: 'x' is not a MAC address (f4:b8:5e:ff:2b:1b)");
}

TEST_F(DeviceFileText, WithTwoDevicesOfOneNameTellsHowOneDeviceWithTwoMacsIsWritten) {
  EXPECT_EQ(error_of("[[device]]\nname = 'c'\nmac = '02:00:00:00:00:0a'\n"
                     "[[device]]\nname = 'c'\nmac = '02:00:00:00:00:0b'\n"),
            "FILE:4:1: error[devices-file]: device 'c' was declared before, at FILE:1:1; one device with "
            "several MAC addresses "
            "is one [[device]] with mac = [\"02:00:00:00:00:0a\", \"02:00:00:00:00:0b\"]");
}

}  // namespace
