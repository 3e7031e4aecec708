// Payload sizes from length fields: IPv4 and IPv6, options, extension headers, fragments, cut packets.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;

Decoded read4(const Bytes& packet, std::uint32_t original = 0) {
  return read_frame(1, ethernet(0x0800, packet), original);
}
Decoded read6(const Bytes& packet, std::uint32_t original = 0) {
  return read_frame(1, ethernet(0x86dd, packet), original);
}
std::uint32_t size_of(const Decoded& decoded) {
  EXPECT_EQ(decoded.packets.size(), 1u);
  return decoded.packets.empty() ? 0 : decoded.packets[0].payload;
}

TEST(Ipv4, WithAndWithoutOptions) {
  EXPECT_EQ(size_of(read4(ipv4(6, tcp_header() + payload(33)))), 33u);
  EXPECT_EQ(size_of(read4(ipv4(6, tcp_header(12) + payload(33), 8))), 33u);
  EXPECT_EQ(size_of(read4(ipv4(17, udp_header(41) + payload(33), 40))), 33u);
}

TEST(Ipv4, PureAcknowledgementHasNoPayload) {
  EXPECT_EQ(size_of(read4(ipv4(6, tcp_header()) + Bytes(6, 0))), 0u);
}

TEST(Ipv4, LengthsBelowTheHeadersAreClampedAtZero) {
  EXPECT_EQ(size_of(read4(ipv4(6, tcp_header(20), 0, 0, 45))), 0u);
  EXPECT_EQ(size_of(read4(ipv4(17, udp_header(3)))), 0u);
}

TEST(Ipv4, TotalLengthZeroStandsForTheFrameOnTheWire) {
  EXPECT_EQ(size_of(read4(ipv4(6, tcp_header() + payload(10), 0, 0, 0), 14 + 20 + 20 + 60'000)), 60'000u);
  EXPECT_EQ(size_of(read4(ipv4(17, udp_header(0) + payload(10), 0, 0, 0), 14 + 20 + 8 + 3'000)), 3'000u);
}

TEST(CutPacket, HasThePayloadThatItsHeadersTell) {
  // 54 bytes of 1514: everything up to the end of the TCP header.
  const Bytes whole = ethernet(0x0800, ipv4(6, tcp_header() + payload(1460)));
  EXPECT_EQ(size_of(read_frame(1, Bytes(whole.begin(), whole.begin() + 54), 1514)), 1460u);
  // The byte with the TCP header's length is the 47th.
  EXPECT_EQ(size_of(read_frame(1, Bytes(whole.begin(), whole.begin() + 47), 1514)), 1460u);
  EXPECT_EQ(read_frame(1, Bytes(whole.begin(), whole.begin() + 46), 1514).statistics.undecodable, 1u);
}

TEST(CutPacket, OfUdpNeedsItsLengthField) {
  const Bytes whole = udp_frame(500);
  EXPECT_EQ(size_of(read_frame(1, Bytes(whole.begin(), whole.begin() + 40), 542)), 500u);
  EXPECT_EQ(read_frame(1, Bytes(whole.begin(), whole.begin() + 39), 542).statistics.undecodable, 1u);
}

TEST(ContradictoryHeaders, AreCountedAsUndecodable) {
  Bytes short_header = ipv4(6, tcp_header());
  short_header[0] = 0x44;
  EXPECT_EQ(read4(short_header).statistics.undecodable, 1u);
  Bytes wrong_version = ipv4(6, tcp_header());
  wrong_version[0] = 0x65;
  EXPECT_EQ(read4(wrong_version).statistics.undecodable, 1u);
  EXPECT_EQ(read4(ipv4(6, tcp_header(), 0, 0, 19)).statistics.undecodable, 1u);
  Bytes short_tcp = tcp_header();
  short_tcp[12] = 0x40;
  EXPECT_EQ(read4(ipv4(6, short_tcp)).statistics.undecodable, 1u);
  EXPECT_THAT(read4(ipv4(6, short_tcp)).statistics.losses(),
              testing::ElementsAre("1 frame not decodable: headers not captured or contradictory"));
}

TEST(Ipv6, WithoutExtensionHeaders) {
  EXPECT_EQ(size_of(read6(ipv6(6, tcp_header(12) + payload(77)))), 77u);
  EXPECT_EQ(read6(ipv6(6, tcp_header())).packets[0].destination.text(), "2001:db8::1");
}

TEST(Ipv6, WithEachExtensionHeader) {
  const Bytes udp = udp_header(28) + payload(20);
  for (const std::uint8_t kind : Bytes{0, 43, 60, 135, 139, 140}) {
    EXPECT_EQ(size_of(read6(ipv6(kind, Bytes{17, 0} + Bytes(6, 0) + udp))), 20u) << int{kind};
    EXPECT_EQ(size_of(read6(ipv6(kind, Bytes{17, 1} + Bytes(14, 0) + udp))), 20u) << int{kind};
  }
  // The authentication header counts in units of 4 bytes, less 2 (RFC 4302).
  EXPECT_EQ(size_of(read6(ipv6(51, Bytes{17, 4} + Bytes(22, 0) + udp))), 20u);
}

TEST(Ipv6, WithAChainOfExtensionHeaders) {
  const Bytes chain = Bytes{60, 0} + Bytes(6, 0) + Bytes{43, 0} + Bytes(6, 0) + Bytes{6, 2} + Bytes(22, 0);
  EXPECT_EQ(size_of(read6(ipv6(0, chain + tcp_header() + payload(9)))), 9u);
}

TEST(Ipv6, PayloadLengthZeroStandsForTheFrameOnTheWire) {
  EXPECT_EQ(size_of(read6(ipv6(6, tcp_header() + payload(5), 0), 14 + 40 + 20 + 70'000)), 70'000u);
}

TEST(Ipv6, EndlessExtensionHeadersEndWithTheFrame) {
  Bytes chain;
  for (int i = 0; i < 1000; ++i) chain = chain + Bytes{60, 0} + Bytes(6, 0);
  EXPECT_EQ(read6(ipv6(60, chain)).statistics.undecodable, 1u);
}

TEST(Fragments, OfUdpCountOnceWithTheWholeDatagram) {
  // 4000 bytes of payload in three fragments of 1480, 1480 and 1048 bytes.
  const Bytes first = ethernet(0x0800, ipv4(17, udp_header(4008) + payload(1472), 0, 0x2000));
  const Bytes second = ethernet(0x0800, ipv4(17, payload(1480), 0, 0x2000 + 185));
  const Bytes third = ethernet(0x0800, ipv4(17, payload(1048), 0, 370));
  const Decoded decoded = read_bytes(pcap_header() + pcap_record(1, 0, first) + pcap_record(1, 1, second) +
                                     pcap_record(1, 2, third));
  EXPECT_EQ(size_of(decoded), 4000u);
  EXPECT_EQ(decoded.statistics.fragments, 2u);
}

TEST(Fragments, OfTcpCountOnceWithTheFirstFragmentsBytes) {
  EXPECT_EQ(size_of(read4(ipv4(6, tcp_header() + payload(700), 0, 0x2000))), 700u);
  EXPECT_EQ(read4(ipv4(6, payload(700), 0, 90)).statistics.fragments, 1u);
}

TEST(Fragments, OfIpv6AreTreatedAlike) {
  const Bytes first = Bytes{17, 0} + be16(1) + be32(99), later = Bytes{17, 0} + be16(1448 | 1) + be32(99);
  EXPECT_EQ(size_of(read6(ipv6(44, first + udp_header(4008) + payload(1440)))), 4000u);
  EXPECT_EQ(read6(ipv6(44, later + payload(1448))).statistics.fragments, 1u);
}

TEST(Icmp, ErrorsThatQuoteUdpDoNotCount) {
  const Bytes quoted = ipv4(17, udp_header(108) + payload(100));
  const Decoded v4 = read4(ipv4(1, Bytes{3, 3, 0, 0, 0, 0, 0, 0} + quoted));
  EXPECT_EQ(v4.packets.size(), 0u);
  EXPECT_EQ(v4.statistics.other_protocols, 1u);
  const Decoded v6 = read6(ipv6(58, Bytes{1, 4, 0, 0, 0, 0, 0, 0} + ipv6(17, udp_header(16) + payload(8))));
  EXPECT_EQ(v6.packets.size(), 0u);
  EXPECT_EQ(v6.statistics.other_protocols, 1u);
}

/// tshark's tcp.len and udp.length of each packet, in the form that `sizes` gives ours.
std::string tshark_sizes(const TemporaryFile& file) {
  const std::string command = "tshark -r " + file.text() +
                              " -o ip.defragment:FALSE -o ipv6.defragment:FALSE"
                              " -Y '(tcp or udp) and not icmp and not icmpv6'"
                              " -T fields -E separator=, -e tcp.len -e udp.length 2>/dev/null";
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[256];
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  if (pipe != nullptr) ::pclose(pipe);
  return text;
}

/// Without the first fragment of a TCP segment: tshark gives no tcp.len there.
TEST(Fragments, HaveTheSizesThatTsharkTells) {
  if (std::system("command -v tshark >/dev/null") != 0) GTEST_SKIP() << "tshark is not installed";
  const Bytes fragment6 = Bytes{17, 0} + be16(1) + be32(99), later6 = Bytes{17, 0} + be16(1448) + be32(99);
  const std::vector<Bytes> frames = {
      ethernet(0x0800, ipv4(17, udp_header(4008) + payload(1472), 0, 0x2000)),
      ethernet(0x0800, ipv4(17, payload(1480), 0, 0x2000 + 185)),
      ethernet(0x0800, ipv4(17, payload(1048), 0, 370)),
      ethernet(0x0800, ipv4(6, payload(700), 0, 90)),
      ethernet(0x86dd, ipv6(44, fragment6 + udp_header(4008) + payload(1440))),
      ethernet(0x86dd, ipv6(44, later6 + payload(600))),
      ethernet(0x0800, ipv4(6, tcp_header(12) + payload(33), 8)),
      ethernet(0x86dd, ipv6(0, Bytes{17, 0, 1, 4, 0, 0, 0, 0} + udp_header(28) + payload(20)))};
  Bytes content = pcap_header();
  for (std::uint32_t i = 0; i < frames.size(); ++i) content = content + pcap_record(1, i, frames[i]);
  const TemporaryFile file(content);
  std::string ours;
  for (const traffic::Packet& packet : read_all({file.path()}).packets) {
    const bool tcp = packet.protocol == traffic::Protocol::tcp;
    if (tcp) ours += std::to_string(packet.payload);
    ours += ',';
    if (!tcp) ours += std::to_string(packet.payload + 8);
    ours += '\n';
  }
  EXPECT_EQ(ours, tshark_sizes(file));
}

}  // namespace
