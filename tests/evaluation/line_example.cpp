// What is kept of a line to be drawn.
#include "stages/report/line_example.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace ipet::evaluation {
namespace {

using traffic::DevicePacket;
using traffic::second;

std::vector<DevicePacket> packets_at(std::initializer_list<int> seconds, bool dummy = false) {
  std::vector<DevicePacket> packets;
  for (const int s : seconds) {
    packets.emplace_back().time = s * second;
    packets.back().dummy = dummy;
  }
  return packets;
}

std::vector<int> times_of(const std::vector<DevicePacket>& packets) {
  std::vector<int> times;
  for (const DevicePacket& packet : packets) times.push_back(static_cast<int>(packet.time / second));
  return times;
}

TEST(LineExampleKeeper, KeepsHalfAnHourFromTheFirstUserPacketThatCanBeCovered) {
  LineExampleKeeper keeper("cam", "ipet", 100 * second);
  keeper.before(packets_at({10, 99}));
  keeper.after(packets_at({10, 99}));
  keeper.before(packets_at({120, 500}));
  keeper.after(packets_at({110, 120, 121, 500}));
  keeper.before(packets_at({1919, 1920, 3000}));
  keeper.after(packets_at({1919, 1920, 3000}));
  const LineExample example = keeper.take();
  EXPECT_EQ(example.device + " " + example.defence, "cam ipet");
  EXPECT_EQ(example.begin, 120 * second);
  EXPECT_EQ(example.end, 1920 * second);
  EXPECT_EQ(times_of(example.before), (std::vector<int>{120, 500, 1919}));
  EXPECT_EQ(times_of(example.after), (std::vector<int>{120, 121, 500, 1919}));
}

TEST(LineExampleKeeper, EndsWithALineThatEndsEarlier) {
  LineExampleKeeper keeper("cam", "ipet", 0);
  keeper.before(packets_at({10, 20}));
  keeper.after(packets_at({10, 20, 300}));
  EXPECT_EQ(keeper.take().end, 301 * second);
}

TEST(LineExampleKeeper, BeginsBeforeTheEpochToo) {
  LineExampleKeeper keeper("cam", "ipet", std::numeric_limits<traffic::Nanoseconds>::min());
  keeper.before(packets_at({-1800, -1}));
  keeper.before(packets_at({5}));
  EXPECT_EQ(times_of(keeper.take().before), (std::vector<int>{-1800, -1}));
}

TEST(LineExampleKeeper, EndsWhereTooMuchIsSent) {
  LineExampleKeeper keeper("cam", "flood", 0);
  keeper.before(packets_at({1, 2, 3, 4, 5}));
  std::vector<DevicePacket> flood(LineExampleKeeper::most_packets, packets_at({2}, true).front());
  keeper.after(flood);
  keeper.after(packets_at({4, 5}));
  const LineExample example = keeper.take();
  EXPECT_EQ(example.end, 4 * second);
  EXPECT_EQ(times_of(example.before), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(example.after.size(), LineExampleKeeper::most_packets);
}

TEST(LineExampleKeeper, HasNothingOfALineThatEndsBeforeItCanBeCovered) {
  LineExampleKeeper keeper("cam", "chorus", 100 * second);
  keeper.before(packets_at({1, 2}));
  keeper.after(packets_at({1, 2}));
  const LineExample example = keeper.take();
  EXPECT_TRUE(example.before.empty() && example.after.empty());
}

}  // namespace
}  // namespace ipet::evaluation
