// Which packets count, and whose they are (stages/traffic/README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/traffic/device_splitter.hpp"

namespace {

using namespace ipet::traffic;
using testing::ElementsAre;
using testing::IsEmpty;

const MacAddress lamp_mac = MacAddress::parse("02:00:00:00:00:01").value();
const MacAddress phone_mac = MacAddress::parse("02:00:00:00:00:02").value();
const MacAddress gateway_mac = MacAddress::parse("02:00:00:00:00:ff").value();
const std::string cloud = "8.8.8.8";

Packet packet(Nanoseconds time, const MacAddress& from_mac, const std::string& from, const MacAddress& to_mac,
              const std::string& to, std::uint32_t size = 100) {
  Packet made;
  made.time = time;
  made.source = IpAddress::parse(from).value();
  made.destination = IpAddress::parse(to).value();
  made.source_mac = from_mac;
  made.destination_mac = to_mac;
  made.has_mac = true;
  made.payload = size;
  return made;
}
Packet out(Nanoseconds time, const std::string& address, std::uint32_t size = 100,
           const MacAddress& mac = lamp_mac) {
  return packet(time, mac, address, gateway_mac, cloud, size);
}
Packet in(Nanoseconds time, const std::string& address, std::uint32_t size = 100,
          const MacAddress& mac = lamp_mac) {
  return packet(time, gateway_mac, cloud, mac, address, size);
}

Device device(const std::string& name, std::optional<MacAddress> mac,
              const std::vector<std::string>& addresses = {}, const std::vector<std::string>& captures = {}) {
  Device made;
  made.name = name;
  if (mac) made.macs = {*mac};
  for (const std::string& text : addresses) made.addresses.push_back(IpAddress::parse(text).value());
  made.captures = captures;
  made.place = "devices.toml:" + name;
  return made;
}
DeviceFile file_of(std::vector<Device> devices) {
  return {"home/devices.toml",
          {Network::parse("192.168.0.0/16").value(), Network::parse("fe80::/10").value()},
          std::move(devices)};
}

struct Split {
  std::vector<DevicePackets> parts;
  CaptureSummary summary;
};
Split split(const SplitSettings& settings, std::vector<Packet> packets,
            const std::vector<std::string>& files = {"home/x.pcap"}) {
  DeviceSplitter splitter(settings, 3, std::make_shared<const std::string>("x.pcap"),
                          std::make_shared<const std::vector<std::string>>(files));
  PacketBatch batch;
  batch.packets = std::move(packets);
  Split result{splitter.split(batch), {}};
  for (DevicePackets& part : splitter.finish()) result.parts.push_back(std::move(part));
  result.summary = splitter.summary();
  return result;
}
Split split(std::vector<Device> devices, std::vector<Packet> packets, bool count_empty = false) {
  return split(split_settings(file_of(std::move(devices)), count_empty), std::move(packets));
}

TEST(CountedPackets, CrossTheGatewayAndHaveADirectionFromTheLocalEnd) {
  const Split result =
      split({device("lamp", lamp_mac)}, {out(1, "192.168.1.5", 10), in(2, "192.168.1.5", 20)});
  ASSERT_EQ(result.parts.size(), 1u);
  EXPECT_THAT(result.parts[0].packets, ElementsAre(DevicePacket{1, 10, Direction::out, Protocol::tcp, false},
                                                   DevicePacket{2, 20, Direction::in, Protocol::tcp, false}));
  EXPECT_EQ(*result.parts[0].device, "lamp");
  EXPECT_EQ(result.parts[0].capture, 3u);
  EXPECT_THAT(*result.parts[0].declared_devices, ElementsAre("lamp"));
  const DeviceTotals& totals = result.summary.devices.at(0);
  EXPECT_EQ(totals.packets, 2u);
  EXPECT_EQ(totals.payload_bytes, 30u);
  EXPECT_EQ(totals.first, 1);
  EXPECT_EQ(totals.last, 2);
  EXPECT_EQ(totals.mac, "02:00:00:00:00:01");
}

TEST(CountedPackets, AreNeitherLocalNorForeignOnBothEndsNorMulticast) {
  const MacAddress group = MacAddress::parse("01:00:5e:00:00:fb").value();
  const Split result =
      split({device("lamp", lamp_mac)}, {packet(1, lamp_mac, "192.168.1.5", phone_mac, "192.168.1.6"),
                                         packet(2, lamp_mac, "9.9.9.9", gateway_mac, cloud),
                                         packet(3, lamp_mac, "192.168.1.5", gateway_mac, "239.255.255.250"),
                                         packet(4, lamp_mac, "192.168.1.5", gateway_mac, "255.255.255.255"),
                                         packet(5, lamp_mac, "fe80::5", gateway_mac, "ff02::fb"),
                                         packet(6, lamp_mac, "192.168.1.5", group, cloud)});
  EXPECT_THAT(result.parts, IsEmpty());
  EXPECT_EQ(result.summary.left_out, (LeftOut{.multicast = 4, .local = 1, .outside = 1, .empty = 0}));
  EXPECT_EQ(result.summary.unknown_packets, 0u);
}

TEST(CountedPackets, WithoutPayloadCountOnlyWhenAsked) {
  const std::vector<Packet> packets = {out(1, "192.168.1.5", 0), out(2, "192.168.1.5", 5)};
  EXPECT_EQ(split({device("lamp", lamp_mac)}, packets).summary.devices[0].packets, 1u);
  EXPECT_EQ(split({device("lamp", lamp_mac)}, packets, true).summary.devices[0].packets, 2u);
}

TEST(CountedPackets, LeaveTheLinkOnly) {
  // RFC 3927 and RFC 4291: no router forwards link-local addresses, whatever local_networks says.
  const Split result =
      split({device("lamp", lamp_mac)}, {packet(1, lamp_mac, "169.254.7.7", phone_mac, "192.168.1.20"),
                                         packet(2, lamp_mac, "169.254.7.7", phone_mac, cloud),
                                         packet(3, lamp_mac, "fe80::5", gateway_mac, "2001:db8::1"),
                                         packet(4, lamp_mac, "127.0.0.1", phone_mac, "127.0.0.1")});
  EXPECT_THAT(result.parts, IsEmpty());
  EXPECT_EQ(result.summary.left_out.local, 4u);
}

TEST(LeftOutPackets, BelongToTheSenderOrElseToTheReceiver) {
  const Split result = split({device("lamp", lamp_mac), device("phone", phone_mac)},
                             {packet(1, lamp_mac, "192.168.1.5", phone_mac, "192.168.1.6"),
                              packet(2, phone_mac, "192.168.1.6", lamp_mac, "192.168.1.5"),
                              packet(3, gateway_mac, "192.168.1.1", lamp_mac, "192.168.1.5"),
                              packet(4, gateway_mac, "192.168.1.1", gateway_mac, "192.168.1.9"),
                              packet(5, lamp_mac, "192.168.1.5", gateway_mac, "239.255.255.250"),
                              packet(6, phone_mac, "9.9.9.9", gateway_mac, cloud), out(7, "192.168.1.5", 0)});
  EXPECT_EQ(result.summary.devices.at(0).left_out,
            (LeftOut{.multicast = 1, .local = 2, .outside = 0, .empty = 1}));
  EXPECT_EQ(result.summary.devices.at(1).left_out,
            (LeftOut{.multicast = 0, .local = 1, .outside = 1, .empty = 0}));
  EXPECT_EQ(result.summary.left_out, (LeftOut{.multicast = 1, .local = 4, .outside = 1, .empty = 1}));
}

TEST(LeftOutPackets, OfADiscoveredDeviceAreToldEvenIfTheyComeFirst) {
  const Split result =
      split(split_settings({Network::parse("192.168.0.0/16").value()}, false),
            {packet(1, lamp_mac, "192.168.1.5", phone_mac, "192.168.1.6"), out(2, "192.168.1.5", 0),
             out(3, "192.168.1.5", 7), out(4, "192.168.1.6", 0, phone_mac)});
  // The phone only sends packets without payload: it is no device with traffic, but its packet is told.
  ASSERT_EQ(result.summary.devices.size(), 1u);
  EXPECT_EQ(result.summary.devices[0].left_out,
            (LeftOut{.multicast = 0, .local = 1, .outside = 0, .empty = 1}));
  EXPECT_EQ(result.summary.left_out.empty, 2u);
}

TEST(LeftOutPackets, AreAllCountedWhenTheirAddressesAreTooManyToRemember) {
  // Spoofed sources: more pairs of addresses than are told apart.
  std::vector<Packet> packets;
  for (std::uint32_t i = 0; i < 40'000; ++i) {
    const std::string host = std::to_string(i / 200 % 200 + 1) + "." + std::to_string(i % 200);
    packets.push_back(packet(i, lamp_mac, "9.9." + host, gateway_mac, cloud));
    packets.push_back(packet(i, lamp_mac, "192.168." + host, gateway_mac, "192.168.0.1"));
    packets.push_back(out(i, "192.168." + host, 1, phone_mac));
  }
  const Split result = split({device("lamp", lamp_mac)}, packets);
  EXPECT_EQ(result.summary.left_out,
            (LeftOut{.multicast = 0, .local = 40'000, .outside = 40'000, .empty = 0}));
  EXPECT_EQ(result.summary.unknown_packets, 40'000u);
}

TEST(Devices, MustMatchAllCriteriaThatAreGiven) {
  const std::vector<Packet> packets = {out(1, "192.168.1.5"), out(2, "192.168.1.6")};
  EXPECT_EQ(split({device("lamp", lamp_mac, {"192.168.1.5"})}, packets).summary.devices[0].packets, 1u);
  EXPECT_EQ(split({device("lamp", phone_mac, {"192.168.1.5"})}, packets).summary.devices[0].packets, 0u);
  EXPECT_EQ(split({device("lamp", std::nullopt, {"192.168.1.6", "192.168.1.5"})}, packets)
                .summary.devices[0]
                .packets,
            2u);
  // The remote end's address names nobody.
  EXPECT_EQ(split({device("lamp", std::nullopt, {cloud})}, packets).summary.devices[0].packets, 0u);
}

TEST(Devices, MayHaveSeveralMacs) {
  Device both = device("both", lamp_mac);
  both.macs.push_back(phone_mac);
  const Split result = split({both}, {out(1, "192.168.1.5"), in(2, "192.168.1.6", 9, phone_mac)});
  EXPECT_EQ(result.summary.devices.at(0).packets, 2u);
  EXPECT_EQ(result.summary.devices.at(0).mac, "02:00:00:00:00:01 02:00:00:00:00:02");
  ASSERT_EQ(result.parts.size(), 1u);
}

TEST(Devices, WithoutPacketsAreInTheSummaryInDeclaredOrder) {
  const Split result = split({device("zebra", phone_mac), device("lamp", lamp_mac)}, {out(1, "192.168.1.5")});
  ASSERT_EQ(result.summary.devices.size(), 2u);
  EXPECT_EQ(result.summary.devices[0].device, "zebra");
  EXPECT_EQ(result.summary.devices[0].packets, 0u);
  EXPECT_EQ(result.parts.size(), 1u);
}

TEST(Devices, ThatNoRuleNamesAreCountedAndListed) {
  Packet bare = out(3, "192.168.1.9");
  bare.has_mac = false;
  bare.source_mac = {};
  const Split result = split({device("lamp", lamp_mac)},
                             {out(1, "192.168.1.6", 5, phone_mac), in(2, "192.168.1.6", 5, phone_mac), bare,
                              out(4, "192.168.1.6", 0, phone_mac)});
  EXPECT_EQ(result.summary.unknown_packets, 3u);
  EXPECT_EQ(result.summary.left_out.empty, 1u);
  EXPECT_THAT(result.summary.unknown, ElementsAre("02:00:00:00:00:02", "192.168.1.9"));
}

TEST(Devices, ThatClaimOnePacketAreAnErrorThatNamesBoth) {
  try {
    (void)split({device("lamp", lamp_mac), device("bulb", std::nullopt, {"192.168.1.5"})},
                {out(7, "192.168.1.5")});
    ADD_FAILURE() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "x.pcap: two devices claim the packet from 192.168.1.5 to 8.8.8.8 (02:00:00:00:00:01 to "
              "02:00:00:00:00:ff) at 1970-01-01T00:00:00.000000007Z: 'lamp' (devices.toml:lamp) and 'bulb' "
              "(devices.toml:bulb)");
  }
}

TEST(Devices, ThatAreNotToBeProtectedSaySoInTheirPackets) {
  Device lamp = device("lamp", lamp_mac), phone = device("phone", phone_mac);
  phone.protect = false;
  const Split result = split({lamp, phone}, {out(1, "192.168.1.2"), out(2, "192.168.1.3", 100, phone_mac)});
  ASSERT_EQ(result.parts.size(), 2u);
  EXPECT_TRUE(result.parts[0].protect);
  EXPECT_EQ(*result.parts[1].device, "phone");
  EXPECT_FALSE(result.parts[1].protect);
}

TEST(CaptureGlobs, AreRelativeToTheDevicesFile) {
  const auto settings = split_settings(file_of({device("a", lamp_mac, {}, {"a/*.pcap"}),
                                                device("b", lamp_mac, {}, {"b/*.pcap", "../c.pcap"})}),
                                       false);
  const std::vector<Packet> packets = {out(1, "192.168.1.5")};
  EXPECT_EQ(*split(settings, packets, {"home/a/1.pcap"}).parts.at(0).device, "a");
  EXPECT_EQ(*split(settings, packets, {"./home/../home/b/1.pcap"}).parts.at(0).device, "b");
  EXPECT_EQ(*split(settings, packets, {"c.pcap"}).parts.at(0).device, "b");
  EXPECT_EQ(*split(settings, packets, {(std::filesystem::current_path() / "home/a/1.pcap").string()})
                 .parts.at(0)
                 .device,
            "a");
  EXPECT_THAT(split(settings, packets, {"other/a/1.pcap"}).parts, IsEmpty());
}

TEST(CaptureGlobs, MatchARecordingByOneOfItsFilesOrItsFolder) {
  const auto settings = split_settings(
      file_of({device("a", lamp_mac, {}, {"a/*.pcap"}), device("b", lamp_mac, {}, {"b"})}), false);
  const std::vector<Packet> packets = {out(1, "192.168.1.5")};
  EXPECT_EQ(*split(settings, packets, {"home/a/1.pcap", "home/a/2.pcap"}).parts.at(0).device, "a");
  EXPECT_EQ(*split(settings, packets, {"home/b/1.pcap"}).parts.at(0).device, "b");
}

/// As a Linux cooked capture gives it: with the sender's MAC only.
Packet cooked(Packet packet) {
  packet.has_mac = false;
  packet.destination_mac = {};
  return packet;
}

TEST(CookedCaptures, GiveADeviceWithAMacBothDirectionsWhereItHasSentFromTheAddress) {
  const Split result =
      split({device("lamp", lamp_mac)},
            {cooked(in(1, "192.168.1.5")), cooked(out(2, "192.168.1.5")), cooked(in(3, "192.168.1.5"))});
  EXPECT_EQ(result.summary.devices.at(0).packets, 3u);
  EXPECT_EQ(result.parts.at(0).packets.at(0).direction, Direction::in);
  EXPECT_EQ(result.summary.unknown_packets, 0u);
}

TEST(CookedCaptures, CannotTellWhoseAnAddressIsThatNobodySentFrom) {
  const std::vector<Packet> packets = {cooked(out(1, "192.168.1.5")), cooked(in(2, "192.168.1.9"))};
  const Split by_mac = split({device("lamp", lamp_mac)}, packets);
  EXPECT_EQ(by_mac.summary.devices.at(0).packets, 1u);
  EXPECT_THAT(by_mac.summary.unknown, ElementsAre("192.168.1.9"));
  // A MAC that the capture does not tell cannot contradict the address.
  EXPECT_EQ(split({device("lamp", lamp_mac, {"192.168.1.9"})}, packets).summary.devices.at(0).packets, 1u);
}

TEST(CookedCaptures, FollowAnAddressThatGoesOverToAnotherDevice) {
  std::vector<Packet> packets = {cooked(out(1, "192.168.1.5")), cooked(in(2, "192.168.1.5"))};
  for (Nanoseconds i = 0; i < 20'000; ++i)  // beyond the first look
    packets.push_back(cooked(in(3 + i, "192.168.1.5")));
  packets.push_back(cooked(out(30'000, "192.168.1.5", 9, phone_mac)));
  packets.push_back(cooked(in(30'001, "192.168.1.5")));
  const Split result = split({device("lamp", lamp_mac), device("phone", phone_mac)}, packets);
  EXPECT_EQ(result.summary.devices.at(0).packets, 20'002u);
  EXPECT_EQ(result.summary.devices.at(1).packets, 2u);
}

SplitSettings discovery() {
  return split_settings({Network::parse("192.168.0.0/16").value()}, false);
}

TEST(Watermarks, TellBeforeWhichTimeAllDevicesPacketsHaveCome) {
  const SplitSettings settings =
      split_settings(file_of({device("lamp", lamp_mac), device("phone", phone_mac)}), false);
  DeviceSplitter splitter(
      settings, 3, std::make_shared<const std::string>("x.pcap"),
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"x.pcap"}));
  std::vector<DevicePackets> parts;
  const auto take = [&parts](std::vector<DevicePackets> more) {
    for (DevicePackets& part : more) parts.push_back(std::move(part));
  };
  PacketBatch batch;
  batch.packets = {out(10, "192.168.1.5"), out(20, "192.168.1.6", 100, phone_mac), out(30, "192.168.1.5")};
  take(splitter.split(batch));
  batch.packets = {out(40, "192.168.1.6", 100, phone_mac), out(50, "8.8.4.4")};
  take(splitter.split(batch));
  take(splitter.finish());
  ASSERT_EQ(parts.size(), 3U);
  // Before the phone's, packets from 10 on may come; with it, those of the batch are there.
  EXPECT_EQ(parts[0].watermark, 10);
  EXPECT_EQ(parts[1].watermark, 30);
  EXPECT_EQ(parts[2].watermark, 50);
}

TEST(ProtectedDevices, AreToldWithEveryMessage) {
  Device open = device("phone", phone_mac);
  open.protect = false;
  const Split result = split({device("lamp", lamp_mac), open}, {out(1, "192.168.1.5")});
  EXPECT_THAT(*result.parts.at(0).declared_devices, ElementsAre("lamp", "phone"));
  EXPECT_THAT(*result.parts.at(0).protected_devices, ElementsAre("lamp"));
}

TEST(Discovery, NamesTheLocalEndAndNeverTheGateway) {
  const Split result =
      split(discovery(), {in(1, "192.168.1.5"), out(2, "192.168.1.5"), out(3, "192.168.1.6", 9, phone_mac)});
  ASSERT_EQ(result.summary.devices.size(), 2u);
  EXPECT_EQ(result.summary.devices[0].device, "020000-000001");
  EXPECT_EQ(result.summary.devices[0].packets, 2u);
  EXPECT_EQ(result.summary.devices[0].mac, "02:00:00:00:00:01");
  EXPECT_EQ(result.summary.devices[1].device, "020000-000002");
  EXPECT_EQ(result.parts[0].declared_devices, nullptr);
}

TEST(Discovery, IsTheSameWhicheverDirectionComesFirstInACaptureWithOnePairOfMacs) {
  // Both directions have the device as the sender of the frame and the gateway as its receiver.
  const Packet outgoing = out(1, "192.168.1.5");
  const Packet incoming = packet(1, lamp_mac, cloud, gateway_mac, "192.168.1.5");
  for (const auto& packets :
       {std::vector{incoming, outgoing, incoming}, std::vector{outgoing, incoming, incoming}}) {
    const Split result = split(discovery(), packets);
    ASSERT_EQ(result.summary.devices.size(), 1u);
    EXPECT_EQ(result.summary.devices[0].device, "020000-000001");
    EXPECT_EQ(result.summary.devices[0].mac, "02:00:00:00:00:01");
    EXPECT_EQ(result.summary.devices[0].packets, 3u);
  }
}

TEST(Discovery, NamesByMacInACookedCaptureWhereTheAddressHasSent) {
  const Split result = split(discovery(), {cooked(in(1, "192.168.1.5")), cooked(out(2, "192.168.1.5")),
                                           cooked(in(3, "192.168.1.7"))});
  ASSERT_EQ(result.summary.devices.size(), 2u);
  EXPECT_EQ(result.summary.devices[0].device, "020000-000001");
  EXPECT_EQ(result.summary.devices[0].packets, 2u);
  EXPECT_EQ(result.summary.devices[1].device, "192.168.1.7");
}

TEST(Discovery, NamesByAddressWhereThereIsNoMac) {
  Packet bare = out(1, "192.168.1.5");
  bare.has_mac = false;
  bare.source_mac = bare.destination_mac = {};
  const Split result = split(discovery(), {bare});
  EXPECT_EQ(result.summary.devices.at(0).device, "192.168.1.5");
  EXPECT_EQ(result.summary.devices.at(0).mac, "");
}

TEST(Summary, NamesTheFilesOfARecording) {
  const SplitSettings settings = discovery();
  EXPECT_THAT(split(settings, {}, {"home/1.pcap", "home/2.pcap"}).summary.files,
              ElementsAre("home/1.pcap", "home/2.pcap"));
}

TEST(Summary, TellsTheEndsByWhichADeviceCanBeRecognised) {
  const Split result =
      split({device("lamp", lamp_mac), device("phone", phone_mac)},
            {out(1, "192.168.1.5"), in(2, "192.168.1.5"), in(3, "192.168.1.9"), out(4, "192.168.1.9", 0),
             out(5, "192.168.1.7", 9, MacAddress::parse("02:00:00:00:00:77").value())});
  const auto& devices = result.summary.devices;
  EXPECT_THAT(devices.at(0).addresses,
              ElementsAre(LocalAddress{lamp_mac, gateway_mac, IpAddress::parse("192.168.1.5").value()},
                          LocalAddress{lamp_mac, gateway_mac, IpAddress::parse("192.168.1.9").value()}));
  EXPECT_THAT(devices.at(1).addresses, IsEmpty());
}

TEST(DeviceKey, SortsByCaptureThenDevice) {
  EXPECT_EQ(device_key(3, "blink-cam-01"), "000003/blink-cam-01");
  EXPECT_LT(device_key(9, "z"), device_key(10, "a"));
}

TEST(MoreDevicesThanResultsCanNumber, AreAnErrorAtTheFirstTooMany) {
  const SplitSettings settings = split_settings({Network::parse("192.168.0.0/16").value()}, false);
  std::vector<Packet> packets;
  for (std::uint32_t i = 0; i < most_devices; ++i) {
    MacAddress mac = lamp_mac;
    mac.bytes[3] = static_cast<std::uint8_t>(i >> 8);
    mac.bytes[4] = static_cast<std::uint8_t>(i);
    packets.push_back(out(i, "192.168.1.5", 100, mac));
  }
  EXPECT_EQ(split(settings, packets).summary.devices.size(), 65'535U);
  packets.push_back(out(70'000, "192.168.1.6", 100, MacAddress::parse("02:01:02:03:04:05").value()));
  try {
    (void)split(settings, packets);
    FAIL() << "split";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "x.pcap: no devices file, and the packet from 192.168.1.6 to 8.8.8.8 (02:01:02:03:04:05 to "
        "02:00:00:00:00:ff) at 1970-01-01T00:00:00.00007Z is of device 65,536: results hold 65,535 devices "
        "at most. MAC "
        "addresses of this number are random ones, or the capture is not of one home: name the devices "
        "in a devices file (option 'devices'), or narrow local_networks");
  }
}

TEST(MoreDevicesThanResultsCanNumber, InADevicesFileAreAnErrorBeforeAnyPacket) {
  const std::vector<Device> devices(65'536, device("x", lamp_mac));
  EXPECT_THROW(
      {
        try {
          (void)split_settings(file_of(devices), false);
        } catch (const DeviceFileError& error) {
          EXPECT_STREQ(error.what(),
                       "home/devices.toml: error: 65536 devices: results hold 65,535 at most; divide "
                       "the home, or leave devices out");
          throw;
        }
      },
      DeviceFileError);
}

}  // namespace
