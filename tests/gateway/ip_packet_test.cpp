// What is read of user packets, and whose they are.
#include "stages/gateway/ip_packet.hpp"

#include <gtest/gtest.h>

#include "stages/gateway/address_book.hpp"
#include "tests/gateway/two_ends.hpp"

namespace {

using namespace ipet::gateway;
using namespace ipet::gateway::test;
using ipet::traffic::IpAddress;
using ipet::traffic::MacAddress;

TEST(IpPacket, OfVersion4SaysWhoSendsHowMuch) {
  const auto packet = read_ip(ipv4(140, Protocol::tcp));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->source.text(), "192.168.1.7");
  EXPECT_EQ(packet->destination.text(), "93.184.216.34");
  EXPECT_EQ(packet->length, 140U);
  EXPECT_EQ(packet->protocol, Protocol::tcp);
  EXPECT_EQ(packet->payload, 100U);
}

TEST(IpPacket, OfVersion6SaysTheSame) {
  Bytes bytes(40 + 8 + 30);
  bytes[0] = 0x60;
  bytes[5] = 38;
  bytes[6] = 17;
  bytes[8] = 0xfd;
  bytes[23] = 1;
  bytes[24] = 0x20;
  bytes[39] = 2;
  bytes[45] = 38;
  const auto packet = read_ip(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->source.text(), "fd00::1");
  EXPECT_EQ(packet->destination.text(), "2000::2");
  EXPECT_EQ(packet->length, 78U);
  EXPECT_EQ(packet->protocol, Protocol::udp);
  EXPECT_EQ(packet->payload, 30U);
}

TEST(IpPacket, OfOtherProtocolsHasNoPayloadThatCounts) {
  Bytes icmp = ipv4(84, Protocol::udp);
  icmp[9] = 1;
  const auto packet = read_ip(icmp);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->payload, std::nullopt);
  EXPECT_EQ(packet->length, 84U);
}

TEST(IpPacket, IsNoneOfNonsense) {
  EXPECT_FALSE(read_ip(Bytes{}));
  EXPECT_FALSE(read_ip(Bytes(19, 0x45)));
  EXPECT_FALSE(read_ip(Bytes(60, 0x55)));
  EXPECT_FALSE(read_ip(Bytes(39, 0x60)));
  Bytes short_header = ipv4(60, Protocol::udp);
  short_header[0] = 0x44;
  EXPECT_FALSE(read_ip(short_header));
  Bytes short_length = ipv4(60, Protocol::udp);
  short_length[3] = 19;
  EXPECT_FALSE(read_ip(short_length));
}

IpAddress address(const std::string& text) {
  return *IpAddress::parse(text);
}

TEST(AddressBook, KnowsWhatTheDevicesFileSaysAndLearnsTheRest) {
  std::vector<ipet::traffic::Device> devices(2);
  devices[0].addresses = {address("192.168.1.7")};
  devices[1].macs = {*MacAddress::parse("02:00:00:00:00:09")};
  AddressBook book(devices, 2);
  EXPECT_EQ(book.line_of(address("192.168.1.7")), 0U);
  EXPECT_EQ(book.line_of(address("192.168.1.9")), std::nullopt);
  book.learn(address("192.168.1.9"), *MacAddress::parse("02:00:00:00:00:08"));
  EXPECT_EQ(book.line_of(address("192.168.1.9")), std::nullopt) << "nobody's";
  book.learn(address("192.168.1.9"), *MacAddress::parse("02:00:00:00:00:09"));
  EXPECT_EQ(book.line_of(address("192.168.1.9")), 1U);
  book.learn(address("192.168.1.7"), 1);
  EXPECT_EQ(book.line_of(address("192.168.1.7")), 0U) << "the file's word stays";
}

TEST(AddressBook, HasOneLineForAllWhereThereIsOne) {
  AddressBook book({}, 1);
  EXPECT_EQ(book.line_of(address("10.1.2.3")), 0U);
}

TEST(AddressBook, ForgetsTheOldestWhereItIsFull) {
  std::vector<ipet::traffic::Device> devices(2);
  AddressBook book(devices, 2);
  for (std::size_t i = 0; i <= AddressBook::most_learned; ++i) {
    const std::uint8_t bytes[] = {10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                                  static_cast<std::uint8_t>(i)};
    book.learn(IpAddress::v4(bytes), 1);
  }
  EXPECT_EQ(book.size(), AddressBook::most_learned);
  EXPECT_EQ(book.line_of(address("10.0.0.0")), std::nullopt);
  EXPECT_EQ(book.line_of(address("10.1.0.0")), 1U);
}

}  // namespace
