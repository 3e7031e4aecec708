#include "stages/traffic/address.hpp"

#include <gtest/gtest.h>

namespace {

using ipet::traffic::IpAddress;
using ipet::traffic::MacAddress;
using ipet::traffic::Network;

IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}

TEST(MacAddressText, IsReadWithColonsAndHyphensAndWrittenWithColons) {
  EXPECT_EQ(MacAddress::parse("F4-B8-5E-ff-2b-1B").value().text(), "f4:b8:5e:ff:2b:1b");
  EXPECT_EQ(MacAddress::parse("f4:b8:5e:ff:2b:1b").value().text(), "f4:b8:5e:ff:2b:1b");
}

TEST(MacAddressText, IsRefusedWhenMalformed) {
  for (const char* text : {"", "f4:b8:5e:ff:2b", "f4:b8:5e:ff:2b:1", "f4:b8:5e:ff:2b:1g", "f4:b8-5e:ff:2b:1b",
                           "f4:b8:5e:ff:2b:1b:00", "f4.b8.5e.ff.2b.1b", " 4:b8:5e:ff:2b:1b"})
    EXPECT_FALSE(MacAddress::parse(text)) << text;
}

TEST(MacAddressText, TellsMulticastByTheGroupBit) {
  EXPECT_TRUE(MacAddress::parse("ff:ff:ff:ff:ff:ff")->is_multicast());
  EXPECT_TRUE(MacAddress::parse("01:00:5e:00:00:fb")->is_multicast());
  EXPECT_FALSE(MacAddress::parse("02:00:5e:00:00:fb")->is_multicast());
}

TEST(IpAddressText, IsReadAndWrittenInBothVersions) {
  EXPECT_EQ(ip("192.168.1.129").text(), "192.168.1.129");
  EXPECT_EQ(ip("FE80::0:1").text(), "fe80::1");
  EXPECT_TRUE(ip("10.0.0.1").is_v4());
  EXPECT_FALSE(ip("fe80::1").is_v4());
  EXPECT_EQ(ip("::ffff:10.0.0.1"), ip("10.0.0.1"));
}

TEST(IpAddressText, IsRefusedWhenMalformed) {
  for (const char* text : {"", "1.2.3", "1.2.3.256", "1.2.3.4 ", "fe80::1::2", "fe80::1%eth0", "host"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddressText, TellsMulticastAndBroadcast) {
  for (const char* text : {"224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::fb"})
    EXPECT_TRUE(ip(text).is_multicast_or_broadcast()) << text;
  for (const char* text : {"223.255.255.255", "240.0.0.1", "192.168.1.255", "fe80::1"})
    EXPECT_FALSE(ip(text).is_multicast_or_broadcast()) << text;
}

TEST(NetworkInCidrNotation, ContainsAddressesUpToItsEdges) {
  const Network network = Network::parse("172.16.0.0/12").value();
  EXPECT_TRUE(network.contains(ip("172.16.0.0")));
  EXPECT_TRUE(network.contains(ip("172.31.255.255")));
  EXPECT_FALSE(network.contains(ip("172.32.0.0")));
  EXPECT_FALSE(network.contains(ip("172.15.255.255")));
  const Network link_local = Network::parse("fe80::/10").value();
  EXPECT_TRUE(link_local.contains(ip("febf::1")));
  EXPECT_FALSE(link_local.contains(ip("fec0::1")));
  EXPECT_FALSE(link_local.contains(ip("192.168.0.1")));
}

TEST(NetworkInCidrNotation, IsNeverATextPrefix) {
  const Network network = Network::parse("10.0.0.0/8").value();
  EXPECT_FALSE(network.contains(ip("100.0.0.1")));
  EXPECT_FALSE(network.contains(ip("101.0.0.1")));
}

TEST(NetworkInCidrNotation, OfAllAddressesAndOfOneAddress) {
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(ip("255.1.2.3")));
  EXPECT_FALSE(Network::parse("0.0.0.0/0")->contains(ip("::1")));
  EXPECT_TRUE(Network::parse("192.168.1.5")->contains(ip("192.168.1.5")));
  EXPECT_FALSE(Network::parse("192.168.1.5")->contains(ip("192.168.1.4")));
}

TEST(NetworkInCidrNotation, IsRefusedWhenMalformed) {
  for (const char* text : {"", "10.0.0.0/33", "fe80::/129", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.1/8", "10/8",
                           "/8", "10.0.0.0/-1", "192.168."})
    EXPECT_FALSE(Network::parse(text)) << text;
}

}  // namespace
