// Packets of several lines in order of time.
#include "stages/defence/time_merge.hpp"

#include <gtest/gtest.h>

namespace ipet::defence {
namespace {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

DevicePacket sized(Nanoseconds time, std::uint32_t size) {
  return {time, size, Direction::out, Protocol::tcp, false};
}

TEST(TimeMerge, gives_what_is_earlier_than_the_watermark_and_holds_the_rest) {
  TimeMerge merge;
  merge.add(0, std::vector{sized(3, 10), sized(5, 11)});
  merge.add(1, std::vector{sized(1, 12)});
  EXPECT_EQ(merge.take(5), (std::vector<LinePacket>{{1, sized(1, 12)}, {0, sized(3, 10)}}));
  merge.add(1, std::vector{sized(5, 13), sized(6, 14)});
  EXPECT_EQ(merge.take(6), (std::vector<LinePacket>{{0, sized(5, 11)}, {1, sized(5, 13)}}));
  EXPECT_EQ(merge.take(7), (std::vector<LinePacket>{{1, sized(6, 14)}}));
  EXPECT_TRUE(merge.take(8).empty());
}

TEST(TimeMerge, orders_equal_times_by_line_and_then_as_they_came) {
  TimeMerge merge;
  merge.add(1, std::vector{sized(1, 10), sized(1, 11)});
  merge.add(0, std::vector{sized(1, 12)});
  EXPECT_EQ(merge.take(2),
            (std::vector<LinePacket>{{0, sized(1, 12)}, {1, sized(1, 10)}, {1, sized(1, 11)}}));
}

TEST(TimeMerge, orders_devices_that_share_a_line_though_they_come_one_after_another) {
  TimeMerge merge;
  merge.add(0, std::vector{sized(2, 10), sized(6, 11)});
  merge.add(0, std::vector{sized(1, 12), sized(3, 13)});
  EXPECT_EQ(merge.take(5),
            (std::vector<LinePacket>{{0, sized(1, 12)}, {0, sized(2, 10)}, {0, sized(3, 13)}}));
  EXPECT_EQ(merge.take(7), (std::vector<LinePacket>{{0, sized(6, 11)}}));
}

}  // namespace
}  // namespace ipet::defence
