// What tshark, which shares no code with libtins, says of the captures.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/synthesis/fixtures.hpp"

namespace ipet::synthesis::test {
namespace {

using testing::IsEmpty;

class Captures : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_tshark()) GTEST_SKIP() << "/usr/bin/tshark is missing";
  }
  /// One capture for all tests, of whole packets.
  static const std::filesystem::path& capture() {
    static const Folder folder;
    static const SynthesisResult result = make(folder, 20, 1, 1200);
    return result.files.front();
  }
};

TEST_F(Captures, hold_no_malformed_packet_and_sequence_numbers_that_tshark_accepts) {
  EXPECT_THAT(tshark(capture(), "-Y '_ws.malformed || tcp.analysis.flags'"), IsEmpty());
}

TEST_F(Captures, hold_tcp_streams_that_open_and_close) {
  const auto flags =
      tshark(capture(), "-Y 'tcp.flags.syn == 1 || tcp.flags.fin == 1' -T fields -e tcp.flags");
  EXPECT_GT(std::ranges::count(flags, "0x0002"), 20);                                   // SYN
  EXPECT_EQ(std::ranges::count(flags, "0x0002"), std::ranges::count(flags, "0x0012"));  // SYN, ACK
  EXPECT_GT(std::ranges::count(flags, "0x0011"), 40);                                   // FIN, ACK
}

TEST_F(Captures, hold_right_checksums_only) {
  const auto status =
      tshark(capture(),
             "-o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE "
             "-T fields -e tcp.checksum.status -e udp.checksum.status -e ip.checksum.status "
             "-e icmp.checksum.status -e icmpv6.checksum.status");
  std::size_t good = 0;
  for (const std::string& line : status) {
    ASSERT_EQ(line.find('0'), std::string::npos) << line;  // 0 is bad, 1 is good
    good += line.find('1') != std::string::npos;
  }
  EXPECT_GT(good, 1000U);
}

TEST_F(Captures, are_in_time_order_and_within_the_recording) {
  const auto times = tshark(capture(), "-T fields -e frame.time_epoch");
  double before = 1772474400;  // date -u -d 2026-03-02T18:00:00Z +%s
  for (const std::string& time : times) {
    const double now = std::stod(time);
    ASSERT_GE(now, before);
    before = now;
  }
  EXPECT_LT(before, 1772474400.0 + 1200);
  EXPECT_GT(before, 1772474400.0 + 1190);
}

TEST_F(Captures, hold_what_the_filters_of_a_reader_have_to_drop) {
  const auto lines = tshark(capture(), "-T fields -E separator=/s -e frame.protocols -e ip.src -e ip.dst");
  for (const std::string part : {":arp", ":icmp:", ":icmpv6", ":mdns", ":ssdp", ":dns", ":ntp", ":ipv6:tcp",
                                 "192.168.1.50 192.168.1.23"})
    EXPECT_TRUE(std::ranges::any_of(lines, [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    })) << part;
}

TEST_F(Captures, hold_every_device_of_the_devices_file) {
  const auto lines = tshark(capture(), "-T fields -e eth.src");
  const std::set<std::string> sources(lines.begin(), lines.end());
  const Home home = read_home(shipped_home);
  const std::string devices = devices_toml(home);
  EXPECT_GE(home.devices.size(), 10U);
  for (const Device& device : home.devices) {
    EXPECT_TRUE(sources.contains(device.mac)) << device.name;
    EXPECT_NE(devices.find("name = \"" + device.name + "\"\nmac = \"" + device.mac + "\""),
              std::string::npos);
  }
  // Every sender is a device or the gateway.
  EXPECT_EQ(sources.size(), home.devices.size() + 1);
  EXPECT_EQ(contents(capture().parent_path() / "devices.toml"), devices);
}

TEST_F(Captures, keep_true_lengths_when_packets_are_cut_short) {
  const Folder folder;
  const auto cut = make(folder, 20, 1, 1200, 96).files.front();
  const std::string fields = "-T fields -e frame.time_epoch -e frame.len -e ip.len -e tcp.len -e udp.length";
  EXPECT_EQ(tshark(cut, fields), tshark(capture(), fields));
  EXPECT_LT(std::filesystem::file_size(cut), std::filesystem::file_size(capture()) / 3);
  EXPECT_THAT(tshark(cut, "-Y 'frame.cap_len > 96 || _ws.malformed'"), IsEmpty());
}

}  // namespace
}  // namespace ipet::synthesis::test
