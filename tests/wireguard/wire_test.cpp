// What WireGuard makes of packets: sizes, handshakes, keepalives. Expected values are those of the protocol's
// description (Donenfeld, NDSS 2017), computed by hand.
#include <ostream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "stages/wireguard/wireguard.hpp"

namespace ipet::traffic {

void PrintTo(const DevicePacket& packet, std::ostream* to) {
  *to << static_cast<double>(packet.time) / second << " s "
      << (packet.direction == Direction::out ? "out " : "in ") << packet.size
      << (packet.dummy ? " dummy" : "");
}

}  // namespace ipet::traffic

namespace ipet::wireguard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

constexpr Direction out = Direction::out, in = Direction::in;

Nanoseconds at(double seconds) {
  return static_cast<Nanoseconds>(seconds * 1e9 + 0.5);
}

/// A packet inside whose IP length is 128 bytes, so 160 outside.
DevicePacket inside(double seconds, Direction direction, Protocol protocol = Protocol::udp) {
  return {at(seconds), protocol == Protocol::udp ? 100U : 88U, direction, protocol, false};
}
DevicePacket data(double seconds, Direction direction) {
  return {at(seconds), 160, direction, Protocol::udp, false};
}
DevicePacket own(double seconds, Direction direction, std::uint32_t bytes) {
  return {at(seconds), bytes, direction, Protocol::udp, true};
}

std::vector<DevicePacket> wire_of(const std::vector<DevicePacket>& packets, double until,
                                  WireguardOptions options = {}) {
  options.round_trip = std::chrono::milliseconds(30);
  std::vector<DevicePacket> seen;
  const auto keep = [&](const DevicePacket& each) { seen.push_back(each); };
  Wire wire(options);
  for (const DevicePacket& packet : packets) wire.send(packet, keep);
  wire.finish(at(until), keep);
  return seen;
}
/// Behind a first packet at 0 s, which is answered at 1 s: keys of 0.03 s, and nothing is due.
std::vector<DevicePacket> after_begin(std::vector<DevicePacket> packets, double until) {
  packets.insert(packets.begin(), {inside(0, out), inside(1, in), inside(2, out), inside(3, in)});
  std::vector<DevicePacket> seen = wire_of(packets, until);
  EXPECT_GE(seen.size(), 6U);
  seen.erase(seen.begin(), seen.begin() + 6);
  return seen;
}

TEST(Datagrams, ArePaddedTo16BytesButNotBeyondTheMtu) {
  EXPECT_EQ(datagram_bytes(0, 1420), 32U);
  EXPECT_EQ(datagram_bytes(28, 1420), 64U);
  EXPECT_EQ(datagram_bytes(32, 1420), 64U);
  EXPECT_EQ(datagram_bytes(33, 1420), 80U);
  EXPECT_EQ(datagram_bytes(1408, 1420), 1440U);
  EXPECT_EQ(datagram_bytes(1409, 1420), 1452U);
  EXPECT_EQ(datagram_bytes(1420, 1420), 1452U);
}

TEST(Wire, FirstDataWaitsForAHandshakeOfItsSender) {
  EXPECT_THAT(wire_of({inside(5, in)}, 5.1),
              ElementsAre(own(5, in, 148), own(5.03, out, 92), data(5.03, in)));
}

TEST(Wire, DataOfBothEndsWaitsAndThatOfWhoBeganGoesFirst) {
  EXPECT_THAT(
      wire_of({inside(5, in), inside(5.01, out), inside(5.02, in)}, 5.1),
      ElementsAre(own(5, in, 148), own(5.03, out, 92), data(5.03, in), data(5.03, in), data(5.03, out)));
}

TEST(Wire, DataThatNothingAnswersForTenSecondsDrawsAnEmptyPacketFromTheOtherEnd) {
  EXPECT_THAT(after_begin({inside(20, out)}, 40),
              ElementsAre(own(13, out, 32), data(20, out), own(30, in, 32)));
}

TEST(Wire, AnswersKeepEmptyPacketsAway) {
  EXPECT_THAT(after_begin({inside(12, out), inside(21.9, in), inside(22, out)}, 31.9),
              ElementsAre(data(12, out), data(21.9, in), data(22, out)));
}

TEST(Wire, DrawsOneEmptyPacketHoweverMuchDataCame) {
  EXPECT_THAT(after_begin({inside(12, out), inside(15, out), inside(16, out)}, 45),
              ElementsAre(data(12, out), data(15, out), data(16, out), own(22, in, 32)));
}

TEST(Wire, EmptyPacketsRenewOldKeysToo) {
  EXPECT_THAT(after_begin({inside(12, out), inside(20, in), inside(112, in)}, 123),
              ElementsAre(data(12, out), data(20, in), own(30, out, 32), data(112, in), own(122, out, 32),
                          own(122, out, 148), own(122.03, in, 92), own(122.03, out, 32)));
}

/// What wireguard-go 0.0.20220316 of Debian 12 sent in two namespaces when these packets were sent inside.
TEST(Wire, IsThatOfWireguardGo) {
  struct Seen {
    double time;
    Direction direction;
    std::uint32_t bytes;
  };
  const Seen real[] = {
      {0.01, out, 148},   {0.01, in, 92},     {0.01, out, 160},   {10.02, in, 32},    {30.00, out, 64},
      {30.50, out, 64},   {31.12, in, 80},    {35.02, out, 96},   {45.09, in, 32},    {60.01, out, 272},
      {67.44, out, 272},  {70.00, in, 32},    {74.00, out, 272},  {81.00, out, 272},  {84.01, in, 32},
      {88.83, out, 272},  {95.02, out, 272},  {98.56, in, 32},    {102.00, out, 272}, {109.00, out, 272},
      {112.00, in, 32},   {116.00, out, 272}, {123.01, out, 272}, {123.01, out, 148}, {123.01, in, 92},
      {123.01, out, 32},  {130.00, out, 272}, {137.00, out, 272}, {140.00, in, 32},   {144.00, out, 272},
      {151.00, out, 272}, {154.00, in, 32},   {165.00, in, 368},  {175.00, out, 32},  {186.00, in, 368},
      {196.00, out, 32},  {207.00, in, 368},  {217.00, out, 32},  {228.00, in, 368},  {238.00, out, 32},
      {249.00, in, 368},  {259.01, out, 32},  {259.01, out, 148}, {259.01, in, 92},   {259.01, out, 32},
      {270.00, in, 368},  {280.00, out, 32},  {291.00, in, 368},  {301.00, out, 32},  {312.00, in, 368},
      {322.00, out, 32},  {520.00, in, 148},  {520.00, out, 92},  {520.00, in, 128},  {530.00, out, 32}};
  std::vector<DevicePacket> packets;
  const auto send = [&](double time, Direction direction, std::uint32_t size) {
    packets.push_back({at(time), size, direction, Protocol::udp, false});
  };
  send(0, out, 100), send(30, out, 0), send(30.5, out, 1), send(31, in, 20), send(35, out, 36);
  for (int i = 0; i < 14; ++i) send(60 + 7 * i, out, 200);
  for (int i = 0; i < 8; ++i) send(165 + 21 * i, in, 300);
  send(520, in, 64);
  const auto seen = wire_of(packets, 540);
  ASSERT_EQ(seen.size(), std::size(real));
  for (std::size_t i = 0; i < seen.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(seen[i].direction, real[i].direction);
    EXPECT_EQ(seen[i].size, real[i].bytes);
    EXPECT_NEAR(static_cast<double>(seen[i].time) / traffic::second, real[i].time,
                1);  // the machine was busy
  }
}

TEST(Wire, WhoBeganMakesNewKeysWhenItSendsByKeysOfTwoMinutes) {
  EXPECT_THAT(after_begin({inside(12, out), inside(20, in), inside(120, out), inside(121, out)}, 121.5),
              ElementsAre(data(12, out), data(20, in), own(30, out, 32), data(120, out), data(121, out),
                          own(121, out, 148), own(121.03, in, 92), own(121.03, out, 32)));
}

TEST(Wire, TheOtherEndMakesNoneAndWhoBeganDoesWhenItReceivesByKeysOf165Seconds) {
  EXPECT_THAT(after_begin({inside(12, out), inside(20, in), inside(164, in), inside(166, in)}, 166.5),
              ElementsAre(data(12, out), data(20, in), own(30, out, 32), data(164, in), data(166, in),
                          own(166, out, 148), own(166.03, in, 92), own(166.03, out, 32)));
}

TEST(Wire, AfterThreeMinutesWhoeverSendsFirstBegins) {
  EXPECT_THAT(after_begin({inside(12, out), inside(20, in), inside(200, in)}, 201),
              ElementsAre(data(12, out), data(20, in), own(30, out, 32), own(200, in, 148),
                          own(200.03, out, 92), data(200.03, in)));
}

TEST(Wire, TcpAcknowledgesDataThatNoDataAnswers) {
  EXPECT_THAT(
      after_begin({inside(12, in, Protocol::tcp), inside(12.01, in, Protocol::tcp)}, 12.5),
      ElementsAre(data(12, in), data(12.01, in), DevicePacket{at(12.04), 80, out, Protocol::udp, false}));
  EXPECT_THAT(after_begin({inside(12, in, Protocol::tcp), inside(12.02, out)}, 12.5),
              ElementsAre(data(12, in), data(12.02, out)));
}

TEST(Wire, LargePacketsAreSeveralAndDummiesStayDummies) {
  EXPECT_THAT(after_begin({{at(12), 3000, out, Protocol::udp, true}}, 12.5),
              ElementsAre(own(12, out, 1452), own(12, out, 1452), own(12, out, 288)));
}

TEST(Wire, GoesForwardInTimeAndLosesNothing) {
  constexpr std::uint64_t seed = 9;
  SCOPED_TRACE(seed);
  traffic::Random random(seed);
  std::vector<DevicePacket> packets;
  double time = 0;
  for (int i = 0; i < 3000; ++i) {
    time += random.below(10) == 0 ? random.uniform(0, 250) : random.uniform(0, 2);
    packets.push_back({at(time), static_cast<std::uint32_t>(random.below(1300)),
                       random.below(2) == 0 ? out : in, Protocol::udp, random.below(2) == 0});
  }
  const auto seen = wire_of(packets, time + 60);
  EXPECT_TRUE(std::ranges::is_sorted(seen, {}, &DevicePacket::time));
  const auto not_dummy = [](const auto& all) { return std::ranges::count(all, false, &DevicePacket::dummy); };
  EXPECT_EQ(not_dummy(seen), not_dummy(packets));
  EXPECT_THAT(wire_of({}, 1000), IsEmpty());
}

}  // namespace
}  // namespace ipet::wireguard
