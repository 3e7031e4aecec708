// Every link type, with frames made by hand from the descriptions at tcpdump.org/linktypes.html.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;

const Bytes packet4 = ipv4(17, udp_header(108) + payload(100));
const Bytes packet6 = ipv6(17, udp_header(58) + payload(50));

void expect_udp(const Decoded& decoded, std::uint32_t size, const std::string& source) {
  ASSERT_EQ(decoded.packets.size(), 1u);
  const traffic::Packet& packet = decoded.packets[0];
  EXPECT_EQ(packet.payload, size);
  EXPECT_EQ(packet.source.text(), source);
  EXPECT_EQ(packet.protocol, traffic::Protocol::udp);
  EXPECT_EQ(packet.source_port, 5000);
  EXPECT_EQ(packet.destination_port, 53);
  EXPECT_EQ(decoded.statistics.frames, 1u);
  EXPECT_EQ(decoded.statistics.packets, 1u);
}
void expect_both(std::uint32_t link, const Bytes& before4, const Bytes& before6) {
  expect_udp(read_frame(link, before4 + packet4), 100, "192.168.1.2");
  expect_udp(read_frame(link, before6 + packet6), 50, "fd00::2");
}

TEST(LinkType, EthernetGivesBothMacs) {
  expect_both(1, ethernet(0x0800, {}), ethernet(0x86dd, {}));
  const Decoded decoded = read_frame(1, ethernet(0x0800, packet4));
  EXPECT_TRUE(decoded.packets[0].has_mac);
  EXPECT_EQ(decoded.packets[0].source_mac.text(), "02:00:00:00:00:0a");
  EXPECT_EQ(decoded.packets[0].destination_mac.text(), "02:00:00:00:00:0b");
}

TEST(LinkType, EthernetWithOneAndTwoVlanTags) {
  expect_both(1, ethernet(0x8100, be16(5) + be16(0x0800)), ethernet(0x8100, be16(5) + be16(0x86dd)));
  for (const std::uint32_t outer : {0x88a8u, 0x8100u, 0x9100u})
    expect_both(1, ethernet(outer, be16(9) + be16(0x8100) + be16(5) + be16(0x0800)),
                ethernet(outer, be16(9) + be16(0x8100) + be16(5) + be16(0x86dd)));
}

TEST(LinkType, EthernetWithLengthAndSnapHeader) {
  const auto size = static_cast<std::uint32_t>(8 + packet4.size());
  expect_udp(read_frame(1, ethernet(size, Bytes{0xaa, 0xaa, 3, 0, 0, 0} + be16(0x0800) + packet4)), 100,
             "192.168.1.2");
}

// Each of them took a part of the stack.
TEST(LinkType, EthernetWithTagsAndSnapHeadersInEachOtherIsNoFrameOfAnybody) {
  const Bytes again = Bytes{0xaa, 0xaa, 3, 0, 0, 0} + be16(0x8100) + be16(5);
  const auto nested = [&](std::size_t times) {
    Bytes frame = ethernet(100, {});
    for (std::size_t i = 0; i < times; ++i) {
      if (i > 0) frame = frame + be16(100);
      frame.insert(frame.end(), again.begin(), again.end());
    }
    return frame + be16(0x0800) + packet4;
  };
  expect_udp(read_frame(1, nested(1)), 100, "192.168.1.2");
  const Decoded deep = read_frame(1, nested(20'000));
  EXPECT_EQ(deep.statistics.frames, 1u);
  EXPECT_EQ(deep.statistics.other_protocols, 1u);
}

TEST(LinkType, EthernetPaddingIsNoPayload) {
  expect_udp(read_frame(1, ethernet(0x0800, ipv4(17, udp_header(9) + payload(1))) + Bytes(17, 0)), 1,
             "192.168.1.2");
}

TEST(LinkType, LinuxCookedGivesTheSendersMacOnly) {
  auto header = [](std::uint32_t type) {
    return be16(4) + be16(1) + be16(6) + mac_a + Bytes{0, 0} + be16(type);
  };
  expect_both(113, header(0x0800), header(0x86dd));
  const Decoded decoded = read_frame(113, header(0x0800) + packet4);
  EXPECT_FALSE(decoded.packets[0].has_mac);
  EXPECT_EQ(decoded.packets[0].source_mac.text(), "02:00:00:00:00:0a");
  EXPECT_EQ(decoded.packets[0].destination_mac, traffic::MacAddress{});
}

TEST(LinkType, LinuxCookedVersionTwo) {
  auto header = [](std::uint32_t type) {
    return be16(type) + be16(0) + be32(2) + be16(1) + Bytes{4, 6} + mac_a + Bytes{0, 0};
  };
  expect_both(276, header(0x0800), header(0x86dd));
  EXPECT_EQ(read_frame(276, header(0x0800) + packet4).packets[0].source_mac.text(), "02:00:00:00:00:0a");
}

TEST(LinkType, RawIp) {
  for (const std::uint32_t link : {12u, 14u, 101u}) expect_both(link, {}, {});
  expect_udp(read_frame(228, packet4), 100, "192.168.1.2");
  expect_udp(read_frame(229, packet6), 50, "fd00::2");
  EXPECT_FALSE(read_frame(228, packet4).packets[0].has_mac);
}

TEST(LinkType, LoopbackWithTheFamiliesOfEachSystemAndBothByteOrders) {
  for (const std::uint32_t family6 : {10u, 24u, 28u, 30u}) {
    expect_both(0, le32(2), le32(family6));
    expect_both(0, be32(2), be32(family6));
    expect_both(108, be32(2), be32(family6));
  }
}

TEST(LinkType, ThatCannotBeDecodedIsAnErrorWithItsNumber) {
  const TemporaryFile file(pcap_header(195) + pcap_record(1, 0, packet4));
  try {
    (void)capture::open_capture_file(file.path());
    ADD_FAILURE() << "accepted";
  } catch (const capture::CaptureError& error) {
    EXPECT_EQ(std::string(error.what()), file.text() +
                                             ": link type 195 cannot be decoded (Ethernet, Linux cooked, "
                                             "802.11, PPP, raw IP and loopback can)");
  }
}

TEST(LinkLayer, ThatWasCutAwayIsCountedAsUndecodable) {
  for (const auto& [link, size] : std::vector<std::pair<std::uint32_t, std::size_t>>{
           {1, 13}, {113, 15}, {276, 19}, {0, 3}, {108, 3}, {101, 0}}) {
    const Decoded decoded = read_frame(link, Bytes(size, 0), 100);
    EXPECT_EQ(decoded.statistics.undecodable, 1u) << link;
    EXPECT_EQ(decoded.packets.size(), 0u);
  }
  EXPECT_EQ(read_frame(1, ethernet(0x8100, be16(5)), 100).statistics.undecodable, 1u);
}

TEST(LinkLayer, OtherProtocolsAreCounted) {
  for (const std::uint32_t type : {0x0806u, 0x888eu, 0x0026u})
    EXPECT_EQ(read_frame(1, ethernet(type, Bytes(40, 0))).statistics.other_protocols, 1u) << type;
}

}  // namespace
