#include "stages/defence/overhead.hpp"

#include <gtest/gtest.h>

namespace ipet::defence {
namespace {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Protocol;

MixSummary summary(const std::string& device, traffic::Nanoseconds first, traffic::Nanoseconds last,
                   std::uint64_t dummies) {
  MixSummary made;
  made.device = device;
  made.first = first;
  made.last = last;
  made.user[0] = {2, 300, 408};
  made.dummy[1] = {dummies, dummies * 10, dummies * 52};
  return made;
}

TEST(Overhead, counts_payload_and_headers_by_protocol) {
  Count count;
  count.add(DevicePacket{0, 100, Direction::out, Protocol::tcp, false});  // 100 + 14 + 20 + 20
  count.add(DevicePacket{0, 7, Direction::out, Protocol::udp, true});     // 7 + 14 + 20 + 8
  EXPECT_EQ(count.packets, 2U);
  EXPECT_EQ(count.payload_bytes, 107U);
  EXPECT_EQ(count.wire_bytes, 154U + 49U);
}

TEST(Overhead, sums_captures_per_device_and_sorts_devices) {
  Overhead overhead;
  overhead.add(summary("plug", 0, 10 * traffic::second, 5));
  overhead.add(summary("bulb", 5, 5, 0));
  overhead.add(summary("plug", 100 * traffic::second, 100 * traffic::second + 500'000'000, 7));
  ASSERT_EQ(overhead.rows.size(), 2U);
  EXPECT_EQ(overhead.rows[0].device, "bulb");
  EXPECT_EQ(overhead.rows[0].seconds, 0);
  const Overhead::Row& plug = overhead.rows[1];
  EXPECT_EQ(plug.device, "plug");
  EXPECT_DOUBLE_EQ(plug.seconds, 10.5);
  EXPECT_EQ(plug.user[0].packets, 4U);
  EXPECT_EQ(plug.user[0].wire_bytes, 816U);
  EXPECT_EQ(plug.user[1].packets, 0U);
  EXPECT_EQ(plug.dummy[1].packets, 12U);
  EXPECT_EQ(plug.dummy[1].payload_bytes, 120U);
  EXPECT_EQ(plug.dummy[1].wire_bytes, 624U);
}

TEST(Overhead, leaves_out_gaps_that_were_not_covered) {
  MixSummary one = summary("plug", 0, 100 * traffic::second, 5);
  one.skipped = 40 * traffic::second;
  Overhead overhead;
  overhead.add(one);
  EXPECT_DOUBLE_EQ(overhead.rows[0].seconds, 60);
}

TEST(Overhead, has_the_largest_peak_of_any_capture) {
  Overhead left, right;
  for (const std::uint64_t peak : {300, 700, 500}) {
    MixSummary one = summary("plug", 0, traffic::second, 5);
    one.peak_second = peak;
    (peak == 300 ? left : right).add(one);
  }
  left.merge(std::move(right));
  EXPECT_EQ(left.rows[0].peak_second, 700U);
}

TEST(Overhead, of_parts_merged_is_that_of_the_whole) {
  Overhead left, right;
  left.add(summary("plug", 0, traffic::second, 5));
  right.add(summary("plug", 0, 2 * traffic::second, 6));
  right.add(summary("bulb", 0, 4 * traffic::second, 1));
  left.merge(std::move(right));
  ASSERT_EQ(left.rows.size(), 2U);
  EXPECT_EQ(left.rows[0].device, "bulb");
  EXPECT_DOUBLE_EQ(left.rows[1].seconds, 3);
  EXPECT_EQ(left.rows[1].dummy[1].packets, 11U);
}

}  // namespace
}  // namespace ipet::defence
