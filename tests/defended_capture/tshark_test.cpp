// What tshark, which shares no code with us, says of the captures that are written.
#include <set>

#include <gmock/gmock.h>

#include "tests/defended_capture/home.hpp"

namespace ipet::defended_capture::test {
namespace {

bool tshark_is_there() {
  return std::system("tshark --version > /dev/null 2>&1") == 0;
}

/// Fields of a frame by name; several values are separated by ','.
using Fields = std::map<std::string, std::string>;

/// One tshark run per capture, since each takes half a second: all fields that a test looks at.
std::vector<Fields> dissected(const fs::path& pcap) {
  const std::vector<std::string> names = {"frame.time_epoch",
                                          "frame.len",
                                          "eth.src",
                                          "eth.dst",
                                          "eth.type",
                                          "vlan.id",
                                          "sll.pkttype",
                                          "ip.src",
                                          "ip.dst",
                                          "ipv6.src",
                                          "ipv6.dst",
                                          "ip.checksum.status",
                                          "udp.checksum.status",
                                          "udp.srcport",
                                          "udp.dstport",
                                          "udp.length",
                                          "_ws.malformed",
                                          "_ws.short"};
  std::string command = "tshark -r '" + pcap.string() +
                        "' -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E separator='|'";
  for (const std::string& name : names) command += " -e " + name;
  std::vector<Fields> frames;
  FILE* pipe = ::popen((command + " 2> /dev/null").c_str(), "r");
  if (pipe == nullptr) return frames;
  std::array<char, 4096> line;
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
    std::string text = line.data();
    text.back() = '|';
    Fields fields;
    for (std::size_t i = 0, at = 0; i < names.size(); ++i) {
      const std::size_t end = text.find('|', at);
      fields[names[i]] = text.substr(at, end - at);
      at = end + 1;
    }
    frames.push_back(std::move(fields));
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return frames;
}

class Tshark : public testing::Test {
 protected:
  void SetUp() override {
    if (!tshark_is_there()) GTEST_SKIP() << "tshark is not installed";
  }
  /// Writes a capture again and lets tshark look at it. The frames that the table calls dummies must be those
  /// of the flow to the relay, and must be sound.
  void defend_and_dissect(const Bytes& content, bool by_mac = true) {
    const fs::path original = folder_.write("a.pcap", content), pcap = folder_ / "out/a.pcap";
    PcapWriter writer(writing_to(folder_ / "out"));
    mixed_ = defend(writer, original.filename().string(), {original}, 0, by_mac);
    EXPECT_THAT(commit(writer).losses, testing::IsEmpty());
    EXPECT_EQ(without_dummies(pcap), frames_of({original}));
    const std::vector<Fields> frames = dissected(pcap);
    EXPECT_EQ(frames.size(), frames_of({pcap}).size());
    const auto table = dummies_of(pcap);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const std::set<std::string> ports = {frames[i].at("udp.srcport"), frames[i].at("udp.dstport")};
      ASSERT_EQ(ports == std::set<std::string>({"9", "49152"}), table.contains(i + 1)) << "frame " << i + 1;
      if (table.contains(i + 1)) dummies_.push_back(frames[i]);
    }
    EXPECT_GT(dummies_.size(), 20U);
    for (Fields& dummy : dummies_) expect_sound(dummy);
  }
  static void expect_sound(Fields& dummy) {
    const bool ipv4 = !dummy["ip.src"].empty();
    const std::string end = dummy["udp.srcport"] == "9" ? "src" : "dst";
    EXPECT_EQ(dummy[(ipv4 ? "ip." : "ipv6.") + end], ipv4 ? "192.0.2.1" : "2001:db8::1");
    EXPECT_EQ(dummy["udp.checksum.status"], "1");  // good
    EXPECT_EQ(dummy["ip.checksum.status"], ipv4 ? "1" : "");
    EXPECT_EQ(dummy["_ws.malformed"] + dummy["_ws.short"], "");
  }

  Folder folder_;
  std::map<std::string, Trace> mixed_;
  std::vector<Fields> dummies_;
};

TEST_F(Tshark, sees_addresses_lengths_and_times_of_every_dummy) {
  defend_and_dissect(two_devices());
  std::vector<std::string> expected, seen;
  for (const auto& [device, packets] : mixed_) {
    const bool cam = device == "camera";
    const std::string mac = cam ? "02:00:00:00:00:01" : "02:00:00:00:00:02", other = "02:00:00:00:00:fe";
    const std::string local = cam ? "192.168.1.10" : "fd00::2", relay = cam ? "192.0.2.1" : "2001:db8::1";
    for (const traffic::DevicePacket& packet : packets) {
      if (!packet.dummy) continue;
      char time[40];
      std::snprintf(time, sizeof time, "%lld.%09lld", static_cast<long long>(packet.time / traffic::second),
                    static_cast<long long>(packet.time % traffic::second));
      const bool out = packet.direction == traffic::Direction::out;
      expected.push_back(time + (out ? " " + mac + " " + other : " " + other + " " + mac) +
                         (out ? " " + local + " " + relay : " " + relay + " " + local) +
                         (out ? " 49152 9 " : " 9 49152 ") + std::to_string(8 + packet.size) + " " +
                         std::to_string(14 + (cam ? 20 : 40) + 8 + packet.size));
    }
  }
  for (Fields& d : dummies_)
    seen.push_back(d["frame.time_epoch"] + " " + d["eth.src"] + " " + d["eth.dst"] + " " + d["ip.src"] +
                   d["ipv6.src"] + " " + d["ip.dst"] + d["ipv6.dst"] + " " + d["udp.srcport"] + " " +
                   d["udp.dstport"] + " " + d["udp.length"] + " " + d["frame.len"]);
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(expected));
}

Bytes capture_of(std::uint32_t link, const Bytes& out, const Bytes& in) {
  return pcap_header(link) + record_at(0, out) + record_at(30, in) + record_at(700, out);
}

TEST_F(Tshark, finds_dummies_with_the_vlan_tags_of_the_device) {
  const Bytes tags = be16(0x88a8) + be16(5) + be16(0x8100) + be16(42) + be16(0x0800);
  defend_and_dissect(capture_of(1, gateway.mac + camera.mac + tags + datagram(camera, gateway, 30),
                                camera.mac + gateway.mac + tags + datagram(gateway, camera, 30)));
  for (Fields& dummy : dummies_) EXPECT_THAT(dummy["vlan.id"], testing::HasSubstr("42"));
}

TEST_F(Tshark, finds_plain_ethernet_where_the_device_sends_802_3_with_snap) {
  const auto snap = [](const Host& from, const Host& to) {
    const Bytes ip = datagram(from, to, 30);
    return to.mac + from.mac + be16(static_cast<std::uint32_t>(8 + ip.size())) +
           Bytes{0xaa, 0xaa, 3, 0, 0, 0, 8, 0} + ip;
  };
  defend_and_dissect(capture_of(1, snap(camera, gateway), snap(gateway, camera)));
  for (Fields& dummy : dummies_) EXPECT_EQ(dummy["eth.type"], "0x0800");
}

TEST_F(Tshark, finds_dummies_in_raw_ip) {
  defend_and_dissect(capture_of(101, datagram(camera, gateway, 30), datagram(gateway, camera, 30)), false);
}

void expect_cooked_directions(std::vector<Fields>& dummies) {
  for (Fields& dummy : dummies) EXPECT_EQ(dummy["sll.pkttype"], dummy["udp.srcport"] == "9" ? "0" : "4");
}

TEST_F(Tshark, finds_dummies_in_linux_cooked_captures) {
  const auto cooked = [](std::uint32_t type, const Host& from, const Host& to) {
    return be16(type) + be16(1) + be16(6) + from.mac + be16(0) + be16(0x0800) + datagram(from, to, 30);
  };
  defend_and_dissect(capture_of(113, cooked(4, camera, gateway), cooked(0, gateway, camera)), false);
  expect_cooked_directions(dummies_);
}

TEST_F(Tshark, finds_dummies_in_linux_cooked_captures_of_version_2) {
  const auto cooked = [](std::uint8_t type, const Host& from, const Host& to) {
    return be16(0x0800) + be16(0) + be32(1) + be16(1) + Bytes{type, 6} + from.mac + be16(0) +
           datagram(from, to, 30);
  };
  defend_and_dissect(capture_of(276, cooked(4, camera, gateway), cooked(0, gateway, camera)), false);
  expect_cooked_directions(dummies_);
}

TEST_F(Tshark, finds_dummies_in_loopback_captures) {
  const Bytes family = le32(2);
  defend_and_dissect(
      capture_of(0, family + datagram(camera, gateway, 30), family + datagram(gateway, camera, 30)), false);
}

}  // namespace
}  // namespace ipet::defended_capture::test
