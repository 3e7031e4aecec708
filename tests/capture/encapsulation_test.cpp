// Packets under more than Ethernet and IP, frames made by hand from the RFCs that decode.hpp names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/capture/decode.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using capture::Outcome;
using capture::Tunnels;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Bytes packet4 = ipv4(17, udp_header(108) + payload(100));
const Bytes packet6 = ipv6(6, tcp_header() + payload(50));

/// "udp 100 from 192.168.1.2", or what else the frame is.
std::string seen(const Bytes& bytes, Tunnels tunnels = Tunnels::outer, std::uint32_t link = 1) {
  capture::Frame frame;
  frame.link = static_cast<capture::LinkType>(link);
  frame.data = bytes.data();
  frame.captured = frame.original = static_cast<std::uint32_t>(bytes.size());
  traffic::Packet packet;
  capture::OtherProtocol other;
  switch (capture::decode(frame, packet, tunnels, &other)) {
    case Outcome::packet:
      return (packet.protocol == traffic::Protocol::udp ? "udp " : "tcp ") + std::to_string(packet.payload) +
             " from " + packet.source.text();
    case Outcome::other:
      return text(other);
    case Outcome::fragment:
      return "a fragment";
    case Outcome::encrypted:
      return "encrypted";
    case Outcome::undecodable:
      return "undecodable";
    case Outcome::unsupported:
      break;
  }
  return "unsupported";
}

const std::string v4 = "udp 100 from 192.168.1.2", v6 = "tcp 50 from fd00::2";

Bytes pppoe(std::uint32_t protocol, const Bytes& content) {
  return Bytes{0x11, 0} + be16(7) + be16(static_cast<std::uint32_t>(2 + content.size())) + be16(protocol) +
         content;
}

TEST(Pppoe, SessionsAreSeenThrough) {
  EXPECT_EQ(seen(ethernet(0x8864, pppoe(0x0021, packet4))), v4);
  EXPECT_EQ(seen(ethernet(0x8864, pppoe(0x0057, packet6))), v6);
  EXPECT_EQ(seen(ethernet(0x8100, be16(7) + be16(0x8864) + pppoe(0x0021, packet4))), v4);
  EXPECT_EQ(seen(pppoe(0x0021, packet4), Tunnels::outer, 51), v4);
  const Bytes compressed = Bytes{0x11, 0} + be16(7) + be16(129) + Bytes{0x21} + packet4;
  EXPECT_EQ(seen(ethernet(0x8864, compressed)), v4);
}

TEST(Pppoe, OtherProtocolsInItAndItsDiscoveryAreNamed) {
  EXPECT_EQ(seen(ethernet(0x8864, pppoe(0xc021, Bytes(10, 0)))), "LCP (PPP protocol 0xc021)");
  EXPECT_EQ(seen(ethernet(0x8863, Bytes(20, 0))), "PPPoE discovery (EtherType 0x8863)");
  EXPECT_EQ(seen(ethernet(0x8864, Bytes{0x11, 0})), "undecodable");
}

TEST(Ppp, WithAndWithoutAddressAndControl) {
  EXPECT_EQ(seen(Bytes{0xff, 3, 0, 0x21} + packet4, Tunnels::outer, 9), v4);
  EXPECT_EQ(seen(Bytes{0, 0x57} + packet6, Tunnels::outer, 50), v6);
}

TEST(Mpls, LabelsAreSeenThrough) {
  const Bytes inner_label = {0, 1, 0x00, 64}, last_label = {0, 2, 0x01, 64};
  EXPECT_EQ(seen(ethernet(0x8847, last_label + packet4)), v4);
  EXPECT_EQ(seen(ethernet(0x8848, inner_label + inner_label + last_label + packet6)), v6);
  EXPECT_EQ(seen(ethernet(0x8847, last_label + Bytes(20, 0))), "a pseudo-wire over MPLS");
  EXPECT_EQ(seen(ethernet(0x8847, inner_label)), "undecodable");
}

const Bytes mac_c{0x02, 0, 0, 0, 0, 0x0c};
const Bytes snap{0xaa, 0xaa, 3, 0, 0, 0};

/// A data frame of 802.11 from a station (a) over its access point (b) to c.
Bytes wireless(const Bytes& control, const Bytes& more = {}, std::uint32_t sequence = 16) {
  return control + be16(0) + mac_b + mac_a + mac_c + le16(sequence) + more;
}

TEST(Ieee80211, DataFramesInTheClearAreSeenThrough) {
  EXPECT_EQ(seen(wireless({0x08, 0x01}, snap + be16(0x0800) + packet4), Tunnels::outer, 105), v4);
  EXPECT_EQ(seen(wireless({0x88, 0x01}, be16(0) + snap + be16(0x86dd) + packet6), Tunnels::outer, 105), v6);
  const Bytes four_addresses = Bytes{0x08, 0x03} + be16(0) + mac_b + mac_a + mac_c + le16(16) + mac_a;
  EXPECT_EQ(seen(four_addresses + snap + be16(0x0800) + packet4, Tunnels::outer, 105), v4);
}

TEST(Ieee80211, AddressesAreThoseOfTheEndsNotOfTheAccessPoint) {
  const auto macs = [](const Bytes& control) {
    const Decoded decoded = read_frame(105, wireless(control, snap + be16(0x0800) + packet4));
    return decoded.packets.at(0).source_mac.text() + " to " + decoded.packets.at(0).destination_mac.text();
  };
  EXPECT_EQ(macs({0x08, 0x01}), "02:00:00:00:00:0a to 02:00:00:00:00:0c");  // to the access point
  EXPECT_EQ(macs({0x08, 0x02}), "02:00:00:00:00:0c to 02:00:00:00:00:0b");  // from it
  EXPECT_EQ(macs({0x08, 0x00}), "02:00:00:00:00:0a to 02:00:00:00:00:0b");  // without one
}

TEST(Ieee80211, WhatIsEncryptedIsCountedApart) {
  EXPECT_EQ(seen(wireless({0x08, 0x41}, Bytes(60, 1)), Tunnels::outer, 105), "encrypted");
  const Decoded decoded = read_frame(105, wireless({0x08, 0x41}, Bytes(60, 1)));
  EXPECT_EQ(decoded.statistics.encrypted, 1U);
  EXPECT_THAT(
      decoded.statistics.losses(),
      ElementsAre("1 frame of encrypted 802.11 data left out: nothing but their length and their stations is "
                  "in the clear"));
}

TEST(Ieee80211, OtherFramesAreNamed) {
  EXPECT_EQ(seen(wireless({0x80, 0x00}, Bytes(40, 0)), Tunnels::outer, 105), "802.11 management and control");
  EXPECT_EQ(seen(wireless({0x48, 0x01}), Tunnels::outer, 105), "802.11 management and control");
  EXPECT_EQ(seen(wireless({0x88, 0x01}, Bytes{0x80, 0} + Bytes(60, 0)), Tunnels::outer, 105),
            "aggregates of 802.11 (A-MSDU)");
  EXPECT_EQ(seen(wireless({0x08, 0x01}, snap + be16(0x0800) + packet4, 17), Tunnels::outer, 105),
            "a fragment");
  EXPECT_EQ(seen(Bytes{0x08, 0x01, 0}, Tunnels::outer, 105), "undecodable");
}

TEST(Radiotap, IsSkippedWithWhatItSaysOfPadding) {
  const Bytes frame = wireless({0x08, 0x01}, snap + be16(0x0800) + packet4);
  EXPECT_EQ(seen(Bytes{0, 0} + le16(8) + le32(0) + frame, Tunnels::outer, 127), v4);
  // Time stamp (8 bytes, at a multiple of 8), then flags: a frame check sequence follows.
  const Bytes timed = Bytes{0, 0} + le16(18) + le32(3) + Bytes(8, 9) + Bytes{0x10, 0};
  EXPECT_EQ(seen(timed + frame + Bytes(4, 7), Tunnels::outer, 127), v4);
  // Two words of present fields, flags: padded to whole words after the header of 26 bytes.
  const Bytes padded = Bytes{0, 0} + le16(14) + le32(0x80000002U) + le32(0) + Bytes{0x20, 0};
  const Bytes with_quality = wireless({0x88, 0x01}, be16(0) + be16(0) + snap + be16(0x0800) + packet4);
  EXPECT_EQ(seen(padded + with_quality, Tunnels::outer, 127), v4);
  // A wrong checksum: nothing of it can be believed.
  EXPECT_EQ(seen(Bytes{0, 0} + le16(10) + le32(2) + Bytes{0x50, 0} + frame, Tunnels::outer, 127),
            "undecodable");
}

Bytes gre(std::uint32_t type, const Bytes& content, std::uint32_t flags = 0, std::size_t fields = 0) {
  return be16(flags) + be16(type) + Bytes(fields, 0) + content;
}
const Bytes inside = ipv4(17, udp_header(58) + payload(50));

TEST(TunnelledPackets, OuterPacketsCountUnlessTheInnerOnesAreWanted) {
  const Bytes vxlan = ethernet(
      0x0800, ipv4(17, be16(5000) + be16(4789) + be16(static_cast<std::uint32_t>(16 + 14 + packet6.size())) +
                           be16(0) + Bytes{8, 0, 0, 0, 0, 0, 7, 0} + ethernet(0x86dd, packet6)));
  EXPECT_EQ(seen(vxlan), "udp " + std::to_string(8 + 14 + packet6.size()) + " from 192.168.1.2");
  EXPECT_EQ(seen(vxlan, Tunnels::inner), v6);
  for (const auto& [frame, name] : std::vector<std::pair<Bytes, std::string>>{
           {ethernet(0x0800, ipv4(47, gre(0x86dd, packet6))), "GRE (IP protocol 47)"},
           {ethernet(0x0800, ipv4(47, gre(0x86dd, packet6, 0xb000, 12))), "GRE (IP protocol 47)"},
           {ethernet(0x0800, ipv4(47, gre(0x6558, ethernet(0x86dd, packet6)))), "GRE (IP protocol 47)"},
           {ethernet(0x0800, ipv4(47, gre(0x88be, Bytes(8, 0) + ethernet(0x86dd, packet6), 0x1000, 4))),
            "GRE (IP protocol 47)"},
           {ethernet(0x0800, ipv4(41, packet6)), "IPv6 in IP (6in4) (IP protocol 41)"},
           {ethernet(0x86dd, ipv6(4, ipv4(41, packet6))), "IPv4 in IP (IP protocol 4)"}}) {
    EXPECT_EQ(seen(frame), name);
    EXPECT_EQ(seen(frame, Tunnels::inner), v6);
  }
}

TEST(TunnelledPackets, InTunnelsEndAfterFour) {
  Bytes content = packet6;
  for (int i = 0; i < 4; ++i) content = i == 0 ? ipv4(41, content) : ipv4(4, content);
  EXPECT_EQ(seen(ethernet(0x0800, content), Tunnels::inner), v6);
  EXPECT_EQ(seen(ethernet(0x0800, ipv4(4, content)), Tunnels::inner), "IPv6 in IP (6in4) (IP protocol 41)");
}

TEST(TunnelledPackets, ThatHoldLessThanThePacketInsideSaysAreUndecodable) {
  EXPECT_EQ(seen(ethernet(0x0800, ipv4(47, gre(0x0800, ipv4(17, udp_header(58) + payload(50), 0, 0, 400)))),
                 Tunnels::inner),
            "undecodable");
  EXPECT_EQ(seen(ethernet(0x0800, ipv4(47, Bytes{0, 0})), Tunnels::inner), "undecodable");
}

TEST(Lengths, BeyondWhatHoldsThemAreContradictory) {
  // IP: 60 bytes in a frame that had 40 of them on the wire.
  EXPECT_EQ(seen(ethernet(0x0800, ipv4(17, udp_header(20) + payload(12), 0, 0, 60))), "undecodable");
  EXPECT_EQ(seen(ethernet(0x86dd, ipv6(17, udp_header(20) + payload(12), 21))), "undecodable");
  // UDP: 9000 bytes in an IP packet that holds 28.
  EXPECT_EQ(seen(ethernet(0x0800, ipv4(17, udp_header(9000) + payload(20)))), "undecodable");
  EXPECT_EQ(seen(ethernet(0x86dd, ipv6(17, udp_header(9000) + payload(20)))), "undecodable");
}

TEST(OtherProtocols, OfMoreThanHalfOfTheFramesAreNamed) {
  const auto said = [](const Bytes& records) {
    return read_bytes(pcap_header() + records).statistics.mostly_other();
  };
  const Bytes gre_record = pcap_record(1, 0, ethernet(0x0800, ipv4(47, gre(0x0800, inside)))),
              arp_record = pcap_record(1, 0, ethernet(0x0806, Bytes(28, 0))),
              udp = pcap_record(2, 0, udp_frame(9));
  EXPECT_EQ(said(gre_record + gre_record + udp),
            "more than half of the frames (2 of 3) hold neither TCP nor UDP, most of them GRE (IP protocol "
            "47); tunnels = "
            "\"inner\" takes the packets inside");
  EXPECT_EQ(
      said(arp_record),
      "more than half of the frames (1 of 1) hold neither TCP nor UDP, most of them ARP (EtherType 0x0806)");
  EXPECT_EQ(said(arp_record + udp), "");
}

TEST(ModifiedPcap, HasLongerRecordHeaders) {
  // Kuznetzov: interface, protocol, packet type and a byte of padding behind the usual 16 bytes.
  const Bytes frame = udp_frame(77);
  const auto size = static_cast<std::uint32_t>(frame.size());
  const Bytes record =
      le32(5) + le32(6) + le32(size) + le32(size) + le32(2) + le16(0x0800) + Bytes{0, 0} + frame;
  const Decoded decoded = read_bytes(pcap_header(1, 0xa1b2cd34) + record + record);
  ASSERT_EQ(decoded.packets.size(), 2U);
  EXPECT_EQ(decoded.packets[1].payload, 77U);
  EXPECT_EQ(decoded.packets[1].time, 5'000'006'000);
  EXPECT_THAT(decoded.file_losses, IsEmpty());
}

}  // namespace
