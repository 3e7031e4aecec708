#include "stages/traffic/address.hpp"

#include <gtest/gtest.h>

namespace {

using ipet::traffic::IpAddress;
using ipet::traffic::MacAddress;
using ipet::traffic::Network;

IpAddress ip(const char* text) {
  return IpAddress::parse(text).value();
}

TEST(MacAddressText, IsReadInAllSpellingsOfToolsAndWrittenWithColons) {
  for (const char* text : {"f4:b8:5e:0f:2b:01", "F4-B8-5E-0F-2B-01", "f4b8.5e0f.2b01", "F4B8-5E0F-2B01",
                           "f4b8:5e0f:2b01", "f4b85e-0f2b01", "F4B85E:0F2B01", "f4.b8.5e.0f.2b.01",
                           "F4 B8 5E 0F 2B 01", "f4b85e0f2b01", "f4:b8:5e:f:2b:1"}) {
    ASSERT_TRUE(MacAddress::parse(text)) << text;
    EXPECT_EQ(MacAddress::parse(text)->text(), "f4:b8:5e:0f:2b:01") << text;
  }
}

TEST(MacAddressText, IsRefusedWhenMalformed) {
  for (const char* text : {"",
                           "f4:b8:5e:ff:2b",
                           "f4:b8:5e:ff:2b:",
                           ":b8:5e:ff:2b:1b",
                           "f4:b8:5e:ff:2b:1g",
                           "f4:b8-5e:ff:2b:1b",
                           "f4:b8:5e:ff:2b:1b:00",
                           "f4b85e-ff2b1",
                           "f4b85-eff2b1b",
                           "f4b85e--ff2b1b",
                           "f4b85e-ff2b1b-",
                           "f4:b8:5e:ff:2b::1b",
                           " 4:b8:5e:ff:2b:1b",
                           "f4b8.5eff",
                           "f4b8.5eff.2b1b.0000",
                           "f4b8.5eff.2b1",
                           "f4b85eff2b1",
                           "f4b85eff2b1b0",
                           "f4b85eff2b1g",
                           "f4b8.5e:ff.2b1b",
                           "192.168.1.5",
                           "::"})
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

TEST(IpAddressText, TellsWhatNoRouterForwards) {
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "169.254.7.7", "::", "::1", "fe80::1", "febf::1"})
    EXPECT_TRUE(ip(text).stays_on_link()) << text;
  for (const char* text : {"1.0.0.1", "128.0.0.1", "169.253.1.1", "192.168.1.1", "::2", "fec0::1", "fd00::1",
                           "2001:db8::1", "1::"})
    EXPECT_FALSE(ip(text).stays_on_link()) << text;
}

TEST(IpAddressText, TellsGlobalAddressesOfIpv6) {
  for (const char* text : {"2000::", "2001:db8::1", "3fff:ffff::1"})
    EXPECT_TRUE(ip(text).is_global_v6()) << text;
  for (const char* text : {"1fff::1", "4000::1", "fd00::1", "fe80::1", "::1", "32.1.2.3"})
    EXPECT_FALSE(ip(text).is_global_v6()) << text;
}

TEST(NetworkInCidrNotation, OfAnAddressHasNoBitsBeyondThePrefix) {
  EXPECT_EQ(Network::of(ip("2001:db8:1:2:3:4:5:6"), 64).text(), "2001:db8:1:2::/64");
  EXPECT_EQ(Network::of(ip("192.168.7.9"), 96 + 22).text(), "192.168.4.0/22");
  EXPECT_EQ(Network::parse("10.0.0.0/8")->text(), "10.0.0.0/8");
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
