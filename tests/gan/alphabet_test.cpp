#include "stages/gan/alphabet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipet::gan::test {
namespace {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

DevicePacket packet(Nanoseconds time, std::uint32_t size, Direction direction) {
  return {time, size, direction, Protocol::tcp, false};
}

/// Gaps in ms: 0, 10, 20, 30, 5000, 6000; and 8940 to the end.
const std::vector<DevicePacket> packets = {packet(0, 7, Direction::out),
                                           packet(10'000'000, 7, Direction::out),
                                           packet(30'000'000, 7, Direction::in),
                                           packet(60'000'000, 7, Direction::in),
                                           packet(5'060'000'000, 7, Direction::out),
                                           packet(11'060'000'000, 90, Direction::out)};
const Recording recording{0, 20'000'000'000, packets};

TEST(Alphabet, gives_each_frequent_kind_its_symbol_and_shares_the_last) {
  const Alphabet alphabet(std::span(&recording, 1), 2, traffic::second);
  EXPECT_EQ(alphabet.kinds(), 2U);
  EXPECT_THAT(alphabet.kind_counts(), testing::ElementsAre(3, 3));  // out 7; in 7 and out 90
  EXPECT_EQ(alphabet.kind_of(packet(0, 7, Direction::out)), 0);
  EXPECT_EQ(alphabet.kind_of(packet(0, 90, Direction::out)), 1);
  EXPECT_EQ(alphabet.kind_of(packet(0, 8, Direction::out)), 0) << "the nearest size of its direction";
  traffic::Random random(std::uint64_t{20});
  int large = 0;
  for (int i = 0; i < 3'000; ++i) large += alphabet.packet(1, random).size == 90 ? 1 : 0;
  EXPECT_NEAR(large, 1'000, 110);
}

TEST(Alphabet, keeps_pauses_apart_and_gives_gaps_between_those_that_were_recorded) {
  const Alphabet alphabet(std::span(&recording, 1), 48, traffic::second);
  EXPECT_EQ(alphabet.within(), 4U);
  EXPECT_EQ(alphabet.gaps(), 7U);
  EXPECT_EQ(alphabet.gap_of(15'000'000), 1);
  EXPECT_EQ(alphabet.gap_of(900'000'000), 3);
  EXPECT_EQ(alphabet.gap_of(5'500'000'000), 4);
  EXPECT_EQ(alphabet.gap_of(8'000'000'000), 5);
  EXPECT_EQ(alphabet.gap_of(traffic::day), 6);
  std::vector<DevicePacket> many;
  for (int i = 0; i < 100; ++i) many.push_back(packet(traffic::second * i * (100 + i), 7, Direction::out));
  const Recording longer{0, traffic::day, many};
  const Alphabet binned(std::span(&longer, 1), 48, traffic::second);
  EXPECT_LE(binned.gaps(), Alphabet::long_gaps + 1);
  traffic::Random random(std::uint64_t{20});
  for (std::size_t bin = binned.within(); bin < binned.gaps(); ++bin)
    for (int i = 0; i < 20; ++i) ASSERT_EQ(binned.gap_of(binned.gap(bin, random)), bin);
}

}  // namespace
}  // namespace ipet::gan::test
