// What is replayed: which packets, in which order, and none too early.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "stages/records/device_replay.hpp"

namespace ipet::records {
namespace {

using testing::ElementsAre;
using traffic::DevicePacket;
using traffic::Nanoseconds;

struct Left {
  Nanoseconds at;
  std::uint32_t size;
};

/// Remembers what left when.
struct Remembering final : Outlet {
  explicit Remembering(std::vector<Left>& all) : left(all) {}
  void send(const DevicePacket& packet) override { left.push_back({steady_time(), packet.size}); }
  std::vector<Left>& left;
};

DevicePacket packet(Nanoseconds time, std::uint32_t size) {
  DevicePacket made;
  made.time = time;
  made.size = size;
  return made;
}

std::vector<std::uint32_t> sizes_of(const std::vector<Left>& left) {
  std::vector<std::uint32_t> sizes;
  for (const Left& each : left) sizes.push_back(each.size);
  return sizes;
}

TEST(Replay, SendsPacketsOfAllLinesInOrderOfTimeAndThenOfLine) {
  std::vector<Left> left;
  Remembering first(left), second(left);
  const std::vector<DevicePacket> a{packet(10, 1), packet(20, 2), packet(20, 3), packet(50, 4)};
  const std::vector<DevicePacket> b{packet(5, 11), packet(20, 12), packet(30, 13)};
  const ReplayedLine lines[] = {{a, &first}, {b, &second}};
  DeviceReplayOptions options;
  options.until = 50;
  const auto late = replay(lines, options, [] {});
  EXPECT_THAT(sizes_of(left), ElementsAre(11, 1, 2, 3, 12, 13));
  EXPECT_EQ(late.count(), 6U);
}

TEST(Replay, LeavesOutWhatIsEarlier) {
  std::vector<Left> left;
  Remembering outlet(left);
  const std::vector<DevicePacket> packets{packet(1, 1), packet(2, 2), packet(3, 3)};
  const ReplayedLine line{packets, &outlet};
  DeviceReplayOptions options;
  options.from = 2;
  options.until = 100;
  replay({&line, 1}, options, [] {});
  EXPECT_THAT(sizes_of(left), ElementsAre(2, 3));
}

TEST(Replay, SendsNothingBeforeItIsDueAtItsSpeed) {
  std::vector<Left> left;
  Remembering outlet(left);
  std::vector<DevicePacket> packets;
  for (std::uint32_t i = 0; i < 20; ++i) packets.push_back(packet(i * traffic::second, i));
  const ReplayedLine line{packets, &outlet};
  DeviceReplayOptions options;
  options.speed = 100;
  options.until = 100 * traffic::second;
  options.begin = steady_time() + 20'000'000;
  replay({&line, 1}, options, [] {});
  ASSERT_EQ(left.size(), 20U);
  for (std::size_t i = 0; i < left.size(); ++i)
    EXPECT_GE(left[i].at, options.begin + static_cast<Nanoseconds>(i) * 10'000'000);
}

TEST(Replay, CanBeGivenUpWhileItWaits) {
  std::vector<Left> left;
  Remembering outlet(left);
  const std::vector<DevicePacket> packets{packet(3'600 * traffic::second, 1)};
  const ReplayedLine line{packets, &outlet};
  DeviceReplayOptions options;
  options.begin = steady_time();
  options.until = 7'200 * traffic::second;
  int asked = 0;
  EXPECT_THROW(replay({&line, 1}, options,
                      [&] {
                        if (++asked == 2) throw std::runtime_error("enough");
                      }),
               std::runtime_error);
  EXPECT_TRUE(left.empty());
}

TEST(DatagramOutlet, SendsDatagramsOfThePacketsSizesAndCutsLargerOnes) {
  Endpoint end{*traffic::IpAddress::parse("127.0.0.1"), 0};
  const Socket socket = open_socket(end, SOCK_DGRAM);
  ASSERT_EQ(bind_socket(socket, end), 0);
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &length);
  end.port = ntohs(bound.sin_port);
  const auto outlet = datagram_outlet(end, std::nullopt, 1000);
  for (const std::uint32_t size : {0U, 7U, 1000U, 2001U}) outlet->send(packet(0, size));
  std::vector<ssize_t> sizes;
  char buffer[2000];
  for (ssize_t got = 0; (got = recv(socket.get(), buffer, sizeof buffer, 0)) >= 0;) sizes.push_back(got);
  EXPECT_THAT(sizes, ElementsAre(0, 7, 1000, 1000, 1000, 1));
  EXPECT_EQ(outlet->sent().packets, 4U);
  EXPECT_EQ(outlet->sent().bytes, 3008U);
  EXPECT_EQ(outlet->sent().cut, 1U);
}

}  // namespace
}  // namespace ipet::records
