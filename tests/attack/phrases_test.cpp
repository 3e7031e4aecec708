// Bursts as what they say, and how they are found again among other packets.
#include "stages/attack/phrases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

using testing::ElementsAre;
using testing::Pair;

Phrase phrase(const std::vector<DevicePacket>& packets) {
  Phrase words;
  for (const DevicePacket& packet : packets) words.push_back(word_of(packet));
  return words;
}

std::vector<std::pair<Nanoseconds, std::size_t>> found(const std::vector<Phrase>& known,
                                                       const std::vector<DevicePacket>& packets) {
  std::vector<std::pair<Nanoseconds, std::size_t>> result;
  const auto take = [&](Nanoseconds begin, std::size_t place) { result.emplace_back(begin - noon, place); };
  const Phrases phrases(known);
  PhraseFinder finder(phrases);
  for (const DevicePacket& packet : packets) finder.add(packet, take);
  finder.wait(noon + traffic::day, take);
  return result;
}

const Phrase poll = phrase({out(0, 45)}), answered = phrase({out(0, 45), in(0, 45)});

TEST(Phrases, of_a_device_are_its_bursts_without_empty_packets) {
  const std::vector<DevicePacket> packets{out(noon, 45), out(noon + s, 0), in(noon + 2 * s - 1, 45),
                                          out(noon + 4 * s - 1, 45)};
  const std::vector<Spoken> spoken = phrases_of(packets);
  ASSERT_EQ(spoken.size(), 2U);
  EXPECT_EQ(spoken[0].phrase, answered);
  EXPECT_EQ(spoken[1].begin, noon + 4 * s - 1);
  EXPECT_EQ(spoken[1].phrase, poll);
  EXPECT_NE(phrase({in(0, 45)}), poll) << "a direction is part of a word";
}

TEST(Phrases, are_found_whole_the_longest_that_begins_with_a_packet) {
  EXPECT_THAT(found({poll, answered}, {out(noon, 45), in(noon + s, 45), out(noon + 60 * s, 45)}),
              ElementsAre(Pair(0, 1U), Pair(60 * s, 0U)));
  EXPECT_THAT(found({answered}, {out(noon, 45), in(noon + 2 * s, 45)}), ElementsAre()) << "too late";
}

TEST(Phrases, are_found_with_others_among_their_packets) {
  // Two of one kind at once: the first answer is the older one's.
  EXPECT_THAT(found({answered}, {out(noon, 45), out(noon + 1, 45), out(noon + 2, 300), in(noon + 3, 45),
                                 in(noon + 4, 45)}),
              ElementsAre(Pair(0, 0U), Pair(1, 0U)));
}

}  // namespace
}  // namespace ipet::attack::test
