// The home's IPv6 networks, found by the MAC addresses of devices and routers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/traffic/device_splitter.hpp"

namespace {

using namespace ipet::traffic;
using testing::ElementsAre;
using testing::IsEmpty;

const MacAddress lamp = MacAddress::parse("02:00:00:00:00:01").value();
const MacAddress phone = MacAddress::parse("02:00:00:00:00:02").value();
const MacAddress router = MacAddress::parse("02:00:00:00:00:ff").value();
const std::string lamp_v6 = "2001:db8:1:1::5", phone_v6 = "2001:db8:1:2::6", cloud_v6 = "2001:db8:ffff::8";

Packet packet(const MacAddress& from_mac, const std::string& from, const MacAddress& to_mac,
              const std::string& to) {
  Packet made;
  made.source = IpAddress::parse(from).value();
  made.destination = IpAddress::parse(to).value();
  made.source_mac = from_mac;
  made.destination_mac = to_mac;
  made.has_mac = true;
  made.payload = 100;
  return made;
}
const Packet lamp_v4 = packet(lamp, "192.168.1.5", router, "203.0.113.8");
const Packet lamp_out = packet(lamp, lamp_v6, router, cloud_v6),
             lamp_in = packet(router, cloud_v6, lamp, lamp_v6);
const Packet phone_out = packet(phone, phone_v6, router, cloud_v6);

Packet cooked(Packet packet) {
  packet.has_mac = false;
  packet.destination_mac = {};
  return packet;
}

SplitSettings settings(bool find_networks = true) {
  SplitSettings made = split_settings({Network::parse("192.168.0.0/16").value()}, false);
  made.find_networks = find_networks;
  return made;
}
SplitSettings declared(const MacAddress& mac) {
  Device device;
  device.name = "device";
  device.macs = {mac};
  return split_settings(DeviceFile{"devices.toml", {Network::parse("192.168.0.0/16").value()}, {device}},
                        false);
}

struct Result {
  CaptureSummary summary;
  std::vector<std::string> directions;  ///< "020000-000001 out", as they came
};
/// The packets in batches of a size; they get their times here.
Result split(const SplitSettings& settings, std::vector<Packet> packets, std::size_t batch_size = 1'000'000) {
  DeviceSplitter splitter(settings, 0, std::make_shared<const std::string>("x.pcap"),
                          std::make_shared<const std::vector<std::string>>(1, "x.pcap"));
  Result result;
  const auto take = [&](const std::vector<DevicePackets>& parts) {
    for (const DevicePackets& part : parts)
      for (const DevicePacket& one : part.packets)
        result.directions.push_back(*part.device + (one.direction == Direction::out ? " out" : " in"));
  };
  for (std::size_t at = 0; at < packets.size(); at += batch_size) {
    PacketBatch batch;
    for (std::size_t i = at; i < std::min(packets.size(), at + batch_size); ++i) {
      batch.packets.push_back(packets[i]);
      batch.packets.back().time = static_cast<Nanoseconds>(i);
    }
    take(splitter.split(batch));
  }
  take(splitter.finish());
  result.summary = splitter.summary();
  return result;
}

TEST(HomeNetworks, AreFoundByTheMacsThatLocalIpv4TrafficShows) {
  const Result result = split(settings(), {lamp_v4, lamp_out, lamp_in});
  EXPECT_THAT(result.directions, ElementsAre("020000-000001 out", "020000-000001 out", "020000-000001 in"));
  EXPECT_THAT(result.summary.networks, ElementsAre("2001:db8:1:1::/64"));
  EXPECT_EQ(result.summary.left_out.total(), 0u);
}

TEST(HomeNetworks, AreFoundAlsoBeforeTheFirstLocalPacketOfIpv4) {
  EXPECT_THAT(split(settings(), {lamp_in, lamp_out, lamp_v4}).directions,
              ElementsAre("020000-000001 in", "020000-000001 out", "020000-000001 out"));
}

TEST(HomeNetworks, AreFoundForADeviceWithoutIpv4BehindAKnownRouter) {
  const Result result = split(settings(), {phone_out, lamp_v4});
  EXPECT_EQ(result.summary.devices.size(), 2u);
  EXPECT_THAT(result.summary.networks, ElementsAre("2001:db8:1:2::/64"));
}

TEST(HomeNetworks, AreFoundByTheMacOfADeclaredDevice) {
  EXPECT_EQ(split(declared(lamp), {lamp_in, lamp_out}).summary.devices.at(0).packets, 2u);
}

TEST(HomeNetworks, AreFoundByTheOneRouterThatAllPacketsPass) {
  const Result result = split(settings(), {lamp_out, phone_out, lamp_in});
  EXPECT_THAT(result.summary.networks, ElementsAre("2001:db8:1:1::/64", "2001:db8:1:2::/64"));
  EXPECT_EQ(result.summary.left_out.total(), 0u);
}

TEST(HomeNetworks, AreNotGuessedBetweenTwoUnknownMacs) {
  const Result result = split(settings(), {lamp_out, lamp_in});
  EXPECT_THAT(result.directions, IsEmpty());
  EXPECT_EQ(result.summary.left_out.outside, 2u);
  EXPECT_THAT(result.summary.networks, IsEmpty());
}

TEST(HomeNetworks, AreNotLookedForWhenSwitchedOff) {
  const Result result = split(settings(false), {lamp_v4, lamp_out, lamp_in});
  EXPECT_EQ(result.summary.left_out.outside, 2u);
  EXPECT_EQ(result.directions.size(), 1u);
}

TEST(HomeNetworks, MakePacketsBetweenTwoDevicesLocal) {
  const Result result =
      split(settings(), {lamp_v4, lamp_out, phone_out, packet(lamp, lamp_v6, router, phone_v6),
                         packet(router, "2001:db8:1:1::1", lamp, lamp_v6)});
  EXPECT_EQ(result.summary.left_out.local, 2u);
  EXPECT_EQ(result.directions.size(), 3u);
}

TEST(HomeNetworks, MakePacketsBetweenTwoDevicesLocalAlsoBeforeBothNetworksHaveShown) {
  // The packet between them can be told only with what later ones tell.
  const Result result =
      split(settings(), {lamp_v4, packet(lamp, lamp_v6, router, phone_v6), lamp_out, phone_out});
  EXPECT_EQ(result.summary.left_out.local, 1u);
  const Result reversed =
      split(settings(), {packet(lamp, lamp_v6, router, phone_v6), phone_out, lamp_out, lamp_v4});
  EXPECT_EQ(reversed.summary.left_out.local, 1u);
  EXPECT_EQ(reversed.directions.size(), 3u);
}

TEST(HomeNetworks, AreFoundInCookedCapturesByTheSenderAlone) {
  const Result result = split(settings(), {cooked(lamp_in), cooked(lamp_v4), cooked(lamp_out),
                                           cooked(packet(router, "203.0.113.8", lamp, "192.168.1.5"))});
  EXPECT_THAT(result.directions,
              ElementsAre("020000-000001 in", "020000-000001 out", "020000-000001 out", "020000-000001 in"));
}

TEST(HomeNetworks, ThatAreNewLaterInTheRecordingCountFromTheirFirstPacketOn) {
  std::vector<Packet> packets(20'000, lamp_v4);
  packets.push_back(packet(lamp, "2001:db8:2:2::5", router, cloud_v6));  // the provider gave another prefix
  packets.push_back(packet(router, cloud_v6, lamp, "2001:db8:2:2::5"));
  const Result result = split(settings(), packets);
  EXPECT_EQ(result.directions.size(), 20'002u);
  EXPECT_EQ(result.summary.left_out.total(), 0u);
}

TEST(HomeNetworks, ThatShowOnlyAfterTheFirstLookLeaveWhatCameBeforeCountedAsOutside) {
  std::vector<Packet> packets(DeviceSplitter::first_look + 5, lamp_out);
  packets.insert(packets.end(), {lamp_v4, lamp_out, lamp_in});
  const Result result = split(settings(), packets);
  EXPECT_EQ(result.summary.left_out.outside, DeviceSplitter::first_look + 5);
  EXPECT_EQ(result.directions.size(), 3u);
}

/// A home of eight devices and two routers' worth of traffic, in an order drawn from a seed.
std::vector<Packet> busy_home(unsigned seed, std::size_t count) {
  std::vector<Packet> packets;
  std::uint64_t state = seed;
  const auto draw = [&](std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % below;
  };
  for (std::size_t i = 0; i < count; ++i) {
    MacAddress mac = lamp;
    mac.bytes[5] = static_cast<std::uint8_t>(1 + draw(8));
    const std::string host = std::to_string(mac.bytes[5]);
    const bool v6 = draw(2) == 0;
    const std::string local = v6 ? "2001:db8:1:" + host + "::5" : "192.168.1." + host;
    const std::string remote = v6 ? "2001:db8:ffff::" + std::to_string(draw(900)) : "203.0.113." + host;
    if (v6 && draw(50) == 0)
      packets.push_back(packet(mac, local, lamp, "2001:db8:1:1::77"));
    else
      packets.push_back(draw(2) == 0 ? packet(mac, local, router, remote)
                                     : packet(router, remote, mac, local));
  }
  return packets;
}

TEST(HomeNetworks, GiveTheSameWhateverTheSizeOfBatches) {
  constexpr unsigned seed = 17;
  const std::vector<Packet> packets = busy_home(seed, 40'000);
  const Result whole = split(settings(), packets);
  EXPECT_EQ(whole.summary.networks.size(), 8u) << "seed " << seed;
  EXPECT_EQ(whole.summary.left_out.outside, 0u);
  for (const std::size_t size : {1u, 77u, 16'383u, 16'385u}) {
    const Result parts = split(settings(), packets, size);
    EXPECT_EQ(parts.summary.left_out, whole.summary.left_out) << size;
    ASSERT_EQ(parts.summary.devices.size(), whole.summary.devices.size());
    for (std::size_t i = 0; i < whole.summary.devices.size(); ++i)
      EXPECT_EQ(parts.summary.devices[i].packets, whole.summary.devices[i].packets) << size;
  }
}

TEST(HomeNetworks, GiveTheSameWhenOtherRecordingsAreSplitBetweenTheBatches) {
  // They share the cache of flows, so that verdicts are looked up again at other times.
  std::vector<Packet> packets = busy_home(3, 40'000);
  std::vector<Packet> late = packets;
  late.insert(late.begin(), 20'000,
              lamp_out);  // open until the first local packet of IPv4, beyond the first look
  const Result alone = split(settings(), late, 64);
  const SplitSettings shared = settings();
  const auto splitter_of = [&] {
    return std::make_unique<DeviceSplitter>(shared, 0, std::make_shared<const std::string>("x"),
                                            std::make_shared<const std::vector<std::string>>(1, "x"));
  };
  const auto tested = splitter_of(), other = splitter_of();
  const std::vector<Packet> noise = busy_home(4, late.size());
  for (std::size_t at = 0; at < late.size(); at += 64) {
    const std::size_t end = std::min(late.size(), at + 64);
    PacketBatch batch;
    batch.packets.assign(late.begin() + static_cast<std::ptrdiff_t>(at),
                         late.begin() + static_cast<std::ptrdiff_t>(end));
    tested->split(batch);
    batch.packets.assign(noise.begin() + static_cast<std::ptrdiff_t>(at),
                         noise.begin() + static_cast<std::ptrdiff_t>(end));
    other->split(batch);
  }
  tested->finish();
  EXPECT_EQ(tested->summary().left_out, alone.summary.left_out);
  EXPECT_EQ(tested->summary().networks, alone.summary.networks);
}

}  // namespace
