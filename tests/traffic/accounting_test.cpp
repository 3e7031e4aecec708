// What a run says of packets that count and of those that do not.
#include "stages/traffic/accounting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace ipet::traffic;
using testing::ElementsAre;
using testing::IsEmpty;

const MacAddress lamp = MacAddress::parse("02:00:00:00:00:01").value();
const MacAddress router = MacAddress::parse("02:00:00:00:00:ff").value();

Packet packet(const std::string& from, const std::string& to, std::uint32_t size = 100) {
  Packet made;
  made.source = IpAddress::parse(from).value();
  made.destination = IpAddress::parse(to).value();
  made.source_mac = lamp;
  made.destination_mac = router;
  made.has_mac = true;
  made.payload = size;
  return made;
}

SplitSettings settings(std::vector<std::string> globs = {}, std::optional<MacAddress> mac = lamp,
                       const std::string& network = "192.168.0.0/16") {
  Device device;
  device.name = "lamp";
  if (mac) device.macs = {*mac};
  device.captures = std::move(globs);
  return split_settings(DeviceFile{"/data/devices.toml", {Network::parse(network).value()}, {device}}, false);
}

struct Said {
  std::string table, findings;
  std::vector<std::string> warnings;
};
Said account(const SplitSettings& settings, const std::vector<Packet>& packets,
             const std::string& file = "/data/x.pcap") {
  DeviceSplitter splitter(settings, 0, std::make_shared<const std::string>("x.pcap"),
                          std::make_shared<const std::vector<std::string>>(1, file));
  PacketBatch batch;
  batch.packets = packets;
  splitter.split(batch);
  splitter.finish();
  Accounting accounting(settings);
  accounting.add(splitter.summary(), splitter);
  return {accounting.table(), accounting.findings(), accounting.warnings()};
}

TEST(Accounting, TellsPerDeviceAndInAllWhatCountsAndWhatIsLeftOut) {
  std::vector<Packet> packets(7, packet("192.168.1.5", "203.0.113.8"));
  packets.push_back(packet("192.168.1.5", "203.0.113.8", 0));
  packets.push_back(packet("192.168.1.5", "192.168.1.6"));
  packets.push_back(packet("192.168.1.5", "239.1.1.1"));
  Packet other = packet("192.168.1.9", "203.0.113.8");
  other.source_mac = MacAddress::parse("02:00:00:00:00:09").value();
  packets.insert(packets.end(), 3, other);
  const Said said = account(settings(), packets);
  EXPECT_EQ(
      said.table,
      "TCP and UDP packets of 1 recording\n"
      "  device       packets  counted  no payload  both local  neither local  multicast  unknown device\n"
      "  lamp              10        7           1           1              0          1               0\n"
      "  (no device)        3        0           0           0              0          0               3\n"
      "  all               13        7           1           1              0          1               3\n");
  EXPECT_THAT(said.warnings, ElementsAre("3 packets of 1 unknown device: 02:00:00:00:00:09"));
}

TEST(Accounting, OfAWrongLocalNetworkNamesTheAddressesSeenThoseOfHomesFirst) {
  const Said said = account(settings({}, lamp, "192.168.0.0/16"),
                            {packet("10.10.10.123", "203.0.113.8"), packet("203.0.113.8", "10.10.10.123"),
                             packet("10.10.10.7", "203.0.113.8")});
  EXPECT_THAT(
      said.warnings,
      ElementsAre("no packet counts, of 3: 3 have no end in the local networks: none of the addresses seen "
                  "(10.10.10.123 (2 packets), 10.10.10.7 (1 packet), 203.0.113.8 (3 packets)) is in "
                  "local_networks (192.168.0.0/16, of /data/devices.toml); add the network of the devices "
                  "there",
                  "devices without any counted packet: lamp"));
}

TEST(Accounting, OfSomePacketsWithoutALocalEndNamesThemToo) {
  SplitSettings off = settings();
  off.find_networks = false;
  const Said said =
      account(off, {packet("192.168.1.5", "203.0.113.8"), packet("2001:db8:1::5", "2001:db8:ffff::8")});
  EXPECT_THAT(
      said.warnings,
      ElementsAre("1 of 2 packets left out: neither end is in local_networks (192.168.0.0/16, of "
                  "/data/devices.toml): 2001:db8:1::5 (1 packet), 2001:db8:ffff::8 (1 packet); if one of "
                  "them is the home's, add its network there"));
}

TEST(Accounting, TellsWhichNetworksWereFound) {
  const Said said = account(
      settings(), {packet("192.168.1.5", "203.0.113.8"), packet("2001:db8:1::5", "2001:db8:ffff::8")});
  EXPECT_THAT(said.warnings, IsEmpty());
  EXPECT_EQ(said.findings,
            "IPv6 networks of the home, found by the MAC addresses of devices and routers: 2001:db8:1::/64");
}

TEST(Accounting, OfPacketsThatStayInTheHomeSaysSo) {
  const Said said = account(settings(), std::vector<Packet>(40, packet("192.168.1.5", "192.168.100.3")));
  EXPECT_EQ(
      said.warnings.at(0),
      "no packet counts, of 40: 40 stay within the local networks (192.168.0.0/16, of /data/devices.toml): "
      "only what crosses the gateway counts; record where the traffic to the internet passes, or narrow "
      "local_networks if one end is remote");
}

TEST(Accounting, OfNoPacketAtAllSaysSo) {
  EXPECT_EQ(account(settings(), {}).warnings.at(0),
            "no packet counts: there is no TCP or UDP packet in 1 recording");
}

TEST(Accounting, OfGlobsThatMatchNoFileNamesGlobFolderAndFirstFile) {
  const Said said =
      account(settings({"day1/*.pcap"}), {packet("192.168.1.5", "203.0.113.8")}, "/moved/day1/x.pcap");
  EXPECT_THAT(
      said.warnings,
      ElementsAre("no packet counts, of 1: 1 crosses the gateway, but of no device in the devices file",
                  "devices without any counted packet: lamp",
                  "captures globs that match none of 1 file read: 'day1/*.pcap' of lamp; they are resolved "
                  "against /data (the folder of devices.toml), and the first file read is "
                  "/moved/day1/x.pcap",
                  "1 packet of 1 unknown device: 02:00:00:00:00:01"));
}

TEST(Accounting, OfCapturesThatTellNoMacSaysThatAddressesAreNeeded) {
  Packet raw = packet("192.168.1.5", "203.0.113.8");
  raw.has_mac = false;
  raw.source_mac = raw.destination_mac = {};
  EXPECT_THAT(
      account(settings(), {raw}).warnings,
      testing::Contains("1 packet of 1 unknown device: 192.168.1.5; these captures do not tell the MAC of "
                        "every local end (Linux cooked captures have the sender's only, raw IP none): give "
                        "such devices 'ip' in the devices file"));
}

}  // namespace
