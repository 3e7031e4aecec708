// Packets as a stream of bytes in pieces.
#include "stages/gateway/packet_stream.hpp"

#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "tests/gateway/two_ends.hpp"

namespace {

using namespace ipet::gateway;
using ipet::gateway::test::Bytes;

struct Piece {
  Bytes bytes;
  std::uint16_t first = 0;
};

std::vector<Bytes> packets_of(std::uint64_t seed, std::size_t count) {
  ipet::traffic::Random random(seed);
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.emplace_back(20 + random.below(1400), static_cast<std::uint8_t>(i));
    out.back()[0] = static_cast<std::uint8_t>(i >> 8);
  }
  return out;
}

/// In pieces of random sizes.
std::vector<Piece> cut(const std::vector<Bytes>& packets, std::size_t smallest, std::size_t largest) {
  PacketWriter writer(1 << 24);
  for (const Bytes& packet : packets) EXPECT_TRUE(writer.push(packet));
  ipet::traffic::Random random(7);
  std::vector<Piece> pieces;
  while (writer.waiting() > 0) {
    Piece piece{Bytes(smallest + random.below(largest - smallest + 1)), 0};
    piece.bytes.resize(writer.take(piece.bytes, piece.first));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

struct Reading {
  std::vector<Bytes> packets;
  PacketReader reader;
  void take(const Piece& piece, bool gap = false) {
    reader.take(piece.bytes, piece.first, gap,
                [this](auto packet) { packets.emplace_back(packet.begin(), packet.end()); });
  }
};

TEST(PacketStream, GivesBackEveryPacketWhateverThePieces) {
  const auto packets = packets_of(1, 300);
  for (const auto& [smallest, largest] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 3}, {50, 600}, {536, 536}, {9'000, 60'000}}) {
    Reading reading;
    for (const Piece& piece : cut(packets, smallest, largest)) reading.take(piece);
    EXPECT_EQ(reading.packets, packets) << smallest;
    EXPECT_EQ(reading.reader.lost(), 0U);
  }
}

TEST(PacketStream, LosesOnlyPacketsOfWhichAPartIsMissing) {
  const auto packets = packets_of(2, 300);
  const auto pieces = cut(packets, 400, 700);
  for (std::size_t lost = 0; lost < pieces.size(); lost += 17) {
    // Where the lost piece lies in the stream, and which packets touch it.
    std::size_t begin = 0, at = 0;
    for (std::size_t i = 0; i < lost; ++i) begin += pieces[i].bytes.size();
    const std::size_t end = begin + pieces[lost].bytes.size();
    std::vector<Bytes> whole;
    for (const Bytes& packet : packets) {
      const std::size_t next = at + 2 + packet.size();
      if (next <= begin || at >= end) whole.push_back(packet);
      at = next;
    }
    Reading reading;
    for (std::size_t i = 0; i < pieces.size(); ++i)
      if (i != lost) reading.take(pieces[i], i == lost + 1);
    EXPECT_EQ(reading.packets, whole) << lost;
  }
}

TEST(PacketStream, TakesWholePacketsOutOfALatePiece) {
  const std::vector<Bytes> packets = {Bytes(100, 1), Bytes(30, 2), Bytes(40, 3), Bytes(100, 4)};
  PacketWriter writer(10'000);
  for (const Bytes& packet : packets) writer.push(packet);
  std::vector<Piece> pieces;
  for (const std::size_t size : {60, 130, 86}) {
    Piece piece{Bytes(size), 0};
    EXPECT_EQ(writer.take(piece.bytes, piece.first), size);
    pieces.push_back(piece);
  }
  Reading reading;
  reading.take(pieces[0]);
  reading.take(pieces[2], true);
  EXPECT_TRUE(reading.packets.empty()) << "the last packet begins in the missing piece";
  reading.reader.take_late(pieces[1].bytes, pieces[1].first,
                           [&](auto packet) { reading.packets.emplace_back(packet.begin(), packet.end()); });
  EXPECT_EQ(reading.packets, (std::vector<Bytes>{packets[1], packets[2]}));
}

TEST(PacketStream, HoldsNoMoreThanItsLimit) {
  PacketWriter writer(1'000);
  EXPECT_TRUE(writer.push(Bytes(500)));
  EXPECT_FALSE(writer.push(Bytes(500))) << "two bytes of length come with each";
  EXPECT_TRUE(writer.push(Bytes(496)));
  EXPECT_EQ(writer.waiting(), 1'000U);
}

TEST(PacketStream, FallsOutOfStepAtNonsenseAndIntoStepAgain) {
  Reading reading;
  reading.take({Bytes{0, 5, 1, 2, 3, 4, 5}, 0});  // no packet is so short
  EXPECT_EQ(reading.reader.lost(), 1U);
  reading.take({Bytes(50, 0xff), 0});
  EXPECT_EQ(reading.reader.lost(), 2U);
  for (const Piece& piece : cut({Bytes(60, 9)}, 40, 40)) reading.take(piece);
  EXPECT_EQ(reading.packets, (std::vector<Bytes>{Bytes(60, 9)}));
}

}  // namespace
