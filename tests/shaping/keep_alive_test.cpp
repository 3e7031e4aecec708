#include <algorithm>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/padding/netflow.hpp"
#include "tests/shaping/shaping.hpp"

namespace ipet::defence::test {
namespace {

/// Times between two packets of a direction.
std::vector<double> gaps(const std::vector<DevicePacket>& packets, Direction direction) {
  std::vector<double> found;
  std::optional<Nanoseconds> before;
  for (const DevicePacket& each : packets) {
    if (each.direction != direction) continue;
    if (before) found.push_back(static_cast<double>(each.time - *before) / 1e9);
    before = each.time;
  }
  return found;
}

TEST(Netflow, never_lets_a_direction_be_silent_for_longer_than_the_longest_time) {
  const std::uint64_t seed = 20;
  Netflow schedule({}, traffic::StreamKey(seed));
  std::vector<DevicePacket> user;
  for (int i = 0; i < 100; ++i)
    user.push_back(packet(100 + 0.9 * i * i, 50, i % 3 == 0 ? Direction::in : Direction::out));
  auto all = run(schedule, user, 20'000);
  for (const DevicePacket& each : all) ASSERT_EQ(each.size, 100U);
  all.insert(all.end(), user.begin(), user.end());
  std::ranges::sort(all, {}, &DevicePacket::time);
  for (const Direction direction : {Direction::out, Direction::in}) {
    double sum = 0;
    const auto found = gaps(all, direction);
    for (const double gap : found) {
      ASSERT_LE(gap, 9.5) << "seed " << seed;
      sum += gap;
    }
    // U(1.5, 9.5) but where user packets come earlier.
    EXPECT_NEAR(sum / static_cast<double>(found.size()), 5.4, 0.3) << "seed " << seed;
  }
}

TEST(Netflow, sends_nothing_in_a_direction_that_the_user_keeps_busy) {
  Netflow schedule({}, traffic::StreamKey(1));
  std::vector<DevicePacket> user;
  for (int i = 0; i < 1000; ++i) user.push_back(packet(i, 50));
  for (const DevicePacket& dummy : run(schedule, user, 999.5)) ASSERT_EQ(dummy.direction, Direction::in);
}

TEST(Netflow, waits_for_the_first_user_packet) {
  Netflow schedule({}, traffic::StreamKey(1));
  EXPECT_TRUE(run(schedule, {}, 1000).empty());
}

}  // namespace
}  // namespace ipet::defence::test
