// The published devices.csv.
#include "stages/traffic/device_csv.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace ipet::traffic;
using testing::ElementsAre;

const std::string header = "Device\tMAC ADDRESS\tIPs\tHostname\n";

class DevicesCsv : public testing::Test {
 protected:
  ~DevicesCsv() override { fs::remove(path_); }
  DeviceFile load(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return load_devices(path_, {Network::parse("10.0.0.0/8").value()});
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
  fs::path path_ = fs::temp_directory_path() / ("ipet-devices-" + std::to_string(::getpid()) + ".csv");
};

std::vector<std::string> texts(const std::vector<IpAddress>& addresses) {
  std::vector<std::string> out;
  for (const IpAddress& address : addresses) out.push_back(address.text());
  return out;
}

TEST_F(DevicesCsv, is_read_with_all_its_columns) {
  const DeviceFile file = load(header +
                               "lamp\tF4:B8:5E:FF:2B:1B\t192.168.1.5::192.168.1.6\tlamp.local\n"
                               "plug 2\t\t192.168.1.7\t\n"
                               "\n"
                               "hub\t00-1c-7f-53-d0-28\t\thub\n");
  EXPECT_THAT(file.names(), ElementsAre("lamp", "plug 2", "hub"));
  EXPECT_EQ(file.devices[0].macs.at(0).text(), "f4:b8:5e:ff:2b:1b");
  EXPECT_THAT(texts(file.devices[0].addresses), ElementsAre("192.168.1.5", "192.168.1.6"));
  EXPECT_EQ(file.devices[0].description, "lamp.local");
  EXPECT_TRUE(file.devices[0].protect);
  EXPECT_EQ(file.devices[0].place, path_.string() + ":2");
  EXPECT_THAT(file.devices[1].macs, testing::IsEmpty());
  EXPECT_TRUE(file.devices[2].addresses.empty());
  EXPECT_EQ(file.devices[2].place, path_.string() + ":5");
}

TEST_F(DevicesCsv, has_the_local_networks_that_it_is_given) {
  const DeviceFile file = load(header + "lamp\t\t10.0.0.5\t\n");
  ASSERT_EQ(file.local_networks.size(), 1u);
  EXPECT_EQ(file.local_networks[0].base.text(), "10.0.0.0");
}

TEST_F(DevicesCsv, may_have_another_order_no_hostnames_commas_quotes_and_any_line_ends) {
  const DeviceFile file =
      load("\xEF\xBB\xBFIPs,Device,MAC ADDRESS\r\n192.168.1.5,\"lamp, hall\",\r\n,plug,f4:b8:5e:ff:2b:1b");
  EXPECT_THAT(file.names(), ElementsAre("lamp, hall", "plug"));
  EXPECT_EQ(file.devices[1].macs.at(0).text(), "f4:b8:5e:ff:2b:1b");
}

TEST_F(DevicesCsv, names_missing_columns) {
  EXPECT_EQ(error_of("Device\tHostname\nlamp\tlamp.local\n"),
            "FILE:1: error: no column 'MAC ADDRESS' or 'IPs'; a devices.csv has Device, MAC ADDRESS, IPs and "
            "Hostname, separated by tabs");
  EXPECT_EQ(error_of("Device\tIPs\tMAC ADDRESS\tIPs\nlamp\t10.0.0.5\n"), "FILE:1: error: two columns 'IPs'");
}

TEST_F(DevicesCsv, may_have_one_of_the_columns_that_devices_are_known_by) {
  EXPECT_EQ(load("Device\tMAC ADDRESS\nlamp\tf4:b8:5e:ff:2b:1b\n").devices[0].macs.at(0).text(),
            "f4:b8:5e:ff:2b:1b");
  EXPECT_THAT(texts(load("Device\tIPs\nlamp\t10.0.0.5\n").devices[0].addresses), ElementsAre("10.0.0.5"));
}

TEST_F(DevicesCsv, is_read_as_others_publish_their_lists) {
  const DeviceFile file = load(
      "List of Devices \t\tMAC ADDRESS\t\tConnection\r\n"
      "Smart Things\t\t\tD0:52:A8:00:67:5E\tWired\t\r\n"
      "Amazon Echo\t44:65:0d:56:cc:d3\t\tWireless\r\n");
  EXPECT_THAT(file.names(), ElementsAre("Smart Things", "Amazon Echo"));
  EXPECT_EQ(file.devices[0].macs.at(0).text(), "d0:52:a8:00:67:5e");
  EXPECT_EQ(file.devices[1].macs.at(0).text(), "44:65:0d:56:cc:d3");
}

TEST_F(DevicesCsv, may_give_one_device_several_macs) {
  const DeviceFile file = load(header + "lamp\t02:00:00:00:00:0a::0200.0000.000b\t\t\n");
  ASSERT_EQ(file.devices[0].macs.size(), 2u);
  EXPECT_EQ(file.devices[0].macs[0].text(), "02:00:00:00:00:0a");
  EXPECT_EQ(file.devices[0].macs[1].text(), "02:00:00:00:00:0b");
  EXPECT_EQ(
      error_of(header + "lamp\t02:00:00:00:00:0a\t\t\nlamp\t02:00:00:00:00:0b\t\t\n"),
      "FILE:3: error: device 'lamp' was declared before, at FILE:2; several MAC addresses of one device "
      "stand in one cell: A::B");
}

TEST_F(DevicesCsv, tells_everything_that_is_wrong_with_its_line) {
  EXPECT_EQ(error_of(header + "lamp\tf4:b8:5e\t10.0.0.5\t\n"
                              "plug\t\t10.0.0.5::10.0.0\t\n"
                              "lamp\t\t10.0.0.6\t\n"
                              "a/b\t\t10.0.0.7\t\n"
                              "hub\t\t\thub.local\n"
                              "\t\t10.0.0.8\t\n"
                              "x\t\t10.0.0.9\t\tmore\n"
                              "y\t\"open\n"),
            "FILE:2: error: 'f4:b8:5e' is not a MAC address (f4:b8:5e:ff:2b:1b): it has 6 hexadecimal "
            "digits, not 12\n"
            "FILE:3: error: '10.0.0.5::10.0.0' is not a list of IP addresses (192.168.1.5::192.168.1.6)\n"
            "FILE:4: error: device 'lamp' was declared before, at FILE:2\n"
            "FILE:5: error: 'a/b' cannot name a device: no '/', '.', '..', control characters, blanks alone "
            "or nothing; UTF-8, at most 200 bytes\n"
            "FILE:6: error: device 'hub' has nothing to know it by: give a MAC address or IPs\n"
            "FILE:7: error: '' cannot name a device: no '/', '.', '..', control characters, blanks alone or "
            "nothing; UTF-8, at most 200 bytes\n"
            "FILE:8: error: 5 cells, but 4 columns\n"
            "FILE:9: error: a quoted cell does not end");
  // Latin-1: names are stored as UTF-8.
  EXPECT_THAT(error_of("Device,IPs\ncaf\xe9,10.0.0.5\n"),
              testing::StartsWith("FILE:2: error: 'caf\\xe9' cannot name a device: "));
}

TEST_F(DevicesCsv, without_devices_or_file_is_an_error) {
  EXPECT_EQ(error_of(header), "FILE:1: error: no device: nothing to name");
  EXPECT_EQ(
      error_of(""),
      "FILE:1: error: no column 'Device'; a devices.csv has Device, MAC ADDRESS, IPs and Hostname, separated "
      "by tabs");
  EXPECT_THROW(load_devices("absent.csv", {}), DeviceFileError);
  EXPECT_THROW(load_devices(fs::temp_directory_path(), {}), DeviceFileError);
}

TEST_F(DevicesCsv, is_told_by_its_name) {
  // The same text under another name is no TOML.
  std::ofstream(path_) << header + "lamp\t\t10.0.0.5\t\n";
  EXPECT_EQ(load_devices(path_, {}).devices.size(), 1u);
  EXPECT_THROW(load_device_file(path_), DeviceFileError);
}

TEST(AddressList, may_have_addresses_of_both_versions) {
  const auto split = [](const char* text) {
    return texts(split_addresses(text).value_or(std::vector<IpAddress>{}));
  };
  EXPECT_THAT(split("10.0.0.1"), ElementsAre("10.0.0.1"));
  EXPECT_THAT(split("10.0.0.1 :: 10.0.0.2"), ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_THAT(split("fe80::1"), ElementsAre("fe80::1"));
  EXPECT_THAT(split("192.168.1.5::fe80::1::10.0.0.7"), ElementsAre("192.168.1.5", "fe80::1", "10.0.0.7"));
  EXPECT_THAT(split("fe80::1::fe80::2"), ElementsAre("fe80::1", "fe80::2"));
  EXPECT_THAT(split("2001:db8:0:0:0:0:0:9::10.0.0.7"), ElementsAre("2001:db8::9", "10.0.0.7"));
  EXPECT_THAT(split("::1"), ElementsAre("::1"));
}

TEST(AddressList, of_anything_else_is_none) {
  for (const char* text : {"", "::::", "10.0.0.1::", "10.0.0.1;10.0.0.2", "10.0.0.1::x", "lamp"})
    EXPECT_EQ(split_addresses(text), std::nullopt) << text;
}

}  // namespace
