// The format of datagrams between the two ends.
#include "stages/gateway/datagram.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/two_ends.hpp"

namespace {

using namespace ipet::gateway;
using ipet::gateway::test::Bytes;

/// By the table in datagram.hpp.
const Bytes cell = {0x69, 0x50, 1, 4, 0x01, 0x02, 0, 3, 0xa1, 0xb2, 0xc3, 0xd4,
                    0,    1,    0, 0, 0,    9,    0, 2, 7,    8,    9,    0};

Refused refusal(const Bytes& bytes) {
  const auto parsed = parse_datagram(bytes);
  return std::get<Refused>(parsed);
}

Bytes with(std::size_t at, std::uint8_t value) {
  Bytes bytes = cell;
  bytes[at] = value;
  return bytes;
}

TEST(Datagram, IsWrittenAsItsTableSays) {
  const Bytes content = {7, 8, 9};
  Bytes out(24, 0xff);
  write({Kind::cell, 0x0102, 0xa1b2c3d4, 0x000100000009, 2, content}, out);
  EXPECT_EQ(out, cell);
}

TEST(Datagram, IsReadAsItsTableSays) {
  const auto parsed = parse_datagram(cell);
  const auto& datagram = std::get<Datagram>(parsed);
  EXPECT_EQ(datagram.kind, Kind::cell);
  EXPECT_EQ(datagram.line, 0x0102);
  EXPECT_EQ(datagram.session, 0xa1b2c3d4);
  EXPECT_EQ(datagram.number, 0x000100000009U);
  EXPECT_EQ(datagram.first, 2);
  EXPECT_EQ(Bytes(datagram.content.begin(), datagram.content.end()), (Bytes{7, 8, 9}));
}

TEST(Datagram, OfAnythingElseIsRefusedWithAReason) {
  EXPECT_EQ(refusal({}), Refused::malformed);
  EXPECT_EQ(refusal(Bytes(cell.begin(), cell.begin() + 19)), Refused::malformed) << "a header and a bit less";
  EXPECT_EQ(refusal(with(0, 0x6a)), Refused::malformed) << "magic";
  EXPECT_EQ(refusal(with(2, 2)), Refused::version);
  EXPECT_EQ(refusal(with(3, 0)), Refused::malformed) << "kind";
  EXPECT_EQ(refusal(with(3, 7)), Refused::malformed) << "kind";
  EXPECT_EQ(refusal(with(7, 5)), Refused::malformed) << "content beyond the end";
  EXPECT_EQ(refusal(with(6, 0xff)), Refused::malformed);
  EXPECT_EQ(refusal(with(19, 3)), Refused::malformed) << "a packet that begins behind the content";
  EXPECT_EQ(refusal(Bytes(9'001, 0)), Refused::malformed);
}

TEST(Datagram, HasNoRoomForMoreThanItsSize) {
  Bytes out(22);
  const Bytes content = {1, 2, 3};
  EXPECT_THROW(write({Kind::user, 0, 1, 1, Datagram::no_first, content}, out), std::invalid_argument);
}

TEST(Request, IsWrittenAndReadAsItsTableSays) {
  std::array<std::uint8_t, 8> bytes{};
  write(Request{0x01020304, 0x0a0b0c, ipet::traffic::Protocol::udp}, bytes);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 8>{1, 2, 3, 4, 0x0a, 0x0b, 0x0c, 17}));
  Request read;
  ASSERT_TRUE(parse(bytes, read));
  EXPECT_EQ(read, (Request{0x01020304, 0x0a0b0c, ipet::traffic::Protocol::udp}));
  bytes[7] = 1;
  EXPECT_FALSE(parse(bytes, read));
}

}  // namespace
