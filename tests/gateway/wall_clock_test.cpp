// The time of day while somebody sets the clock.
#include "stages/gateway/wall_clock.hpp"

#include <gtest/gtest.h>

namespace ipet::gateway {
namespace {

constexpr traffic::Nanoseconds hour = 3600 * traffic::second, begin = 1'700'000'000 * traffic::second;

TEST(WallClock, KeepsItsPaceWhileTheWallClockIsTrimmed) {
  WallClock clock(5, begin);
  EXPECT_EQ(clock.at(5 + hour), begin + hour);
  EXPECT_EQ(clock.look(5 + hour, begin + hour + traffic::second / 10), std::nullopt);
  EXPECT_EQ(clock.at(5 + hour), begin + hour);
}

TEST(WallClock, FollowsAStepForwardAndBackOnce) {
  WallClock clock(0, begin);
  EXPECT_EQ(clock.look(1, begin + 1 + hour), hour);
  EXPECT_EQ(clock.at(2), begin + 2 + hour);
  EXPECT_EQ(clock.look(2, begin + 2 + hour), std::nullopt);
  EXPECT_EQ(clock.look(3, begin + 3 - hour), -2 * hour);
  EXPECT_EQ(clock.at(4), begin + 4 - hour);
}

}  // namespace
}  // namespace ipet::gateway
