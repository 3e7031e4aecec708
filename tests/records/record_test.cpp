// The published record format, byte by byte.
#include "stages/records/record.hpp"

#include <gtest/gtest.h>

#include "stages/records/endpoint.hpp"

namespace ipet::records {
namespace {

using traffic::DevicePacket;
using traffic::Direction;

DevicePacket described(std::uint32_t size, Direction direction, bool dummy, traffic::Nanoseconds time = 0) {
  DevicePacket made;
  made.time = time;
  made.size = size;
  made.direction = direction;
  made.dummy = dummy;
  return made;
}

TEST(Record, IsKindDirectionAndSizeWithTheLowByteFirst) {
  EXPECT_EQ(record_of(described(0x0102, Direction::out, false)), (RecordBytes{'U', 'O', 2, 1}));
  EXPECT_EQ(record_of(described(1460, Direction::in, true)), (RecordBytes{'C', 'I', 0xB4, 0x05}));
  EXPECT_EQ(record_of(described(0, Direction::in, false)), (RecordBytes{'U', 'I', 0, 0}));
  EXPECT_EQ(record_of(described(largest_size, Direction::out, true)), (RecordBytes{'C', 'O', 0xF7, 0xFF}));
}

TEST(Record, EveryKindButCoverIsUserData) {
  for (const unsigned char kind : {'U', 'R', 'c', '\0'})
    EXPECT_EQ(packet_of({kind, 'O', 5, 0}, 7), described(5, Direction::out, false, 7));
  EXPECT_EQ(packet_of({'C', 'I', 5, 1}, 7), described(261, Direction::in, true, 7));
}

TEST(Record, WithoutADirectionIsNone) {
  for (const unsigned char direction : {'i', 'o', 'X', '\0'})
    EXPECT_EQ(packet_of({'U', direction, 1, 0}, 0), std::nullopt);
}

TEST(Record, IsLoggedWithWholeMilliseconds) {
  EXPECT_EQ(log_line(described(1460, Direction::in, true, 1'700'000'000'123'999'999)),
            "C,I,1460,1700000000123\n");
  EXPECT_EQ(log_line(described(0, Direction::out, false, 999'999)), "U,O,0,0\n");
}

TEST(Endpoint, IsAnAddressWithAPort) {
  const auto v4 = Endpoint::parse("10.0.0.1:4800");
  ASSERT_TRUE(v4.has_value());
  EXPECT_EQ(v4->port, 4800);
  EXPECT_EQ(v4->text(), "10.0.0.1:4800");
  const auto v6 = Endpoint::parse("[fd77::1]:65535");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->port, 65535);
  EXPECT_EQ(v6->text(), "[fd77::1]:65535");
  EXPECT_EQ(Endpoint::parse("fd77::1:80")->port, 0);  // an address alone
  EXPECT_EQ(Endpoint::parse("fd77::1:80")->text(), "fd77::1:80");
}

TEST(Endpoint, OfAnythingElseIsNone) {
  for (const char* text : {"", ":", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:8a", "host:80",
                           "[10.0.0.1]:80", "[fd77::1]", "[]:80", "10.0.0:80", "10.0.0.1:-1"})
    EXPECT_FALSE(Endpoint::parse(text).has_value()) << text;
}

}  // namespace
}  // namespace ipet::records
