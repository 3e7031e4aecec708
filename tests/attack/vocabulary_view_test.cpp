// What a line says that devices are known to say, and what nobody has said before.
#include "stages/attack/vocabulary_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

const Interval yesterday{noon - traffic::day, noon, noon - traffic::day},
    today{noon, noon + 2 * minute, noon};

/// Packets of these sizes, a tenth of a second apart.
std::vector<DevicePacket> burst(Nanoseconds begin, const std::vector<std::uint32_t>& sizes) {
  std::vector<DevicePacket> packets;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    packets.push_back(out(begin + static_cast<Nanoseconds>(i) * 100 * millisecond, sizes[i]));
  return packets;
}

const std::vector<std::uint32_t> first_says{1, 2, 3, 4, 5, 6, 7, 8},
    second_says{11, 12, 13, 14, 15, 16, 17, 18};

/// What two devices said, each in one burst.
VocabularyView of_two(const Interval& recorded) {
  const auto first = burst(recorded.begin, first_says), second = burst(recorded.begin, second_says);
  const std::vector<CleanRecording> recordings{{0, recorded, first}, {1, recorded, second}};
  return {1, std::make_shared<const Vocabulary>(recordings, 2)};
}

/// The row of a minute.
std::map<std::string, float> heard(const std::vector<DevicePacket>& packets, std::size_t row = 0,
                                   const Interval& recorded = yesterday) {
  const VocabularyView view = of_two(recorded);
  return named(view, look(view, today, packets), row);
}

TEST(Vocabulary, of_a_device_makes_nothing_new_of_what_it_said_before) {
  auto row = heard(burst(noon + s, first_says));
  for (const char* column : {"novel_1", "novel_2", "novel_3", "large_novel_1", "large_novel_3", "most_novel"})
    EXPECT_EQ(row[column], 0) << column;
  for (const char* column : {"known_1", "known_2", "known_3", "large_known", "best", "large_bursts"}) {
    EXPECT_EQ(row[std::string("class_0_") + column], 1) << column;
    EXPECT_EQ(row[std::string("class_1_") + column], 0) << column;
  }
}

TEST(Vocabulary, finds_a_size_that_nobody_had_and_whose_burst_it_is_in) {
  // Of 8 packets one, of 7 pairs two and of 6 runs of three three.
  auto row = heard(burst(noon + s, {1, 2, 3, 99, 5, 6, 7, 8}));
  EXPECT_FLOAT_EQ(row["novel_1"], 1.0F / 8);
  EXPECT_FLOAT_EQ(row["novel_2"], 2.0F / 7);
  EXPECT_FLOAT_EQ(row["novel_3"], 3.0F / 6);
  EXPECT_FLOAT_EQ(row["most_novel"], 1.0F / 8);
  EXPECT_FLOAT_EQ(row["class_0_best"], 15.0F / 21);
  EXPECT_EQ(row["class_0_with_novel"], 1);
  EXPECT_FLOAT_EQ(row["class_0_novel_3"], 0.5);
  EXPECT_EQ(row["class_1_with_novel"], 0);
}

TEST(Vocabulary, knows_in_which_order_sizes_come) {
  auto row = heard(burst(noon + s, {2, 1}));
  EXPECT_EQ(row["novel_1"], 0);
  EXPECT_EQ(row["novel_2"], 1);
  EXPECT_EQ(row["large_bursts"], 0);
}

TEST(Vocabulary, matches_each_large_burst_with_the_device_that_says_most_of_it) {
  std::vector<DevicePacket> packets = burst(noon + s, first_says);
  for (const DevicePacket& packet : burst(noon + 10 * s, {11, 12, 13, 14, 15, 16, 17, 1}))
    packets.push_back(packet);
  auto row = heard(packets);
  EXPECT_EQ(row["large_bursts"], 2);
  EXPECT_EQ(row["class_0_large_bursts"], 1);
  EXPECT_EQ(row["class_1_large_bursts"], 1);
  EXPECT_EQ(row["class_0_best"], 1);
  EXPECT_FLOAT_EQ(row["class_1_best"], (7.0F + 6 + 5) / 21);
}

TEST(Vocabulary, does_not_know_what_was_recorded_while_it_watches) {
  auto row = heard(burst(noon + s, first_says), 0, today);
  EXPECT_EQ(row["novel_1"], 1);
  EXPECT_EQ(row["class_0_known_1"], 0);
}

TEST(Vocabulary, counts_a_burst_where_its_packets_are_and_as_large_once_it_is) {
  // Four packets in each of two minutes.
  const auto packets = burst(noon + minute - 350 * millisecond, first_says);
  auto before = heard(packets, 0), after = heard(packets, 1);
  EXPECT_EQ(before["packets"], 4);
  EXPECT_EQ(before["large_bursts"], 0);
  EXPECT_EQ(after["packets"], 4);
  EXPECT_EQ(after["large_bursts"], 1);
  EXPECT_EQ(after["class_0_known_3"], 1);
}

TEST(Vocabulary, remembers_bursts_with_something_new) {
  const auto packets = burst(noon + s, {1, 2, 3, 99, 5, 6, 7, 8});
  EXPECT_EQ(heard(packets, 1)["class_0_with_novel"], 0);
  EXPECT_EQ(heard(packets, 1)["class_0_so_far"], 1);
  EXPECT_EQ(heard(packets, 1)["class_1_so_far"], 0);
}

TEST(Vocabulary, of_nobody_leaves_all_new) {
  const VocabularyView view(1, std::make_shared<const Vocabulary>());
  const Rows rows = look(view, today, burst(noon + s, first_says));
  EXPECT_EQ(rows.width, 9U);
  EXPECT_EQ(named(view, rows, 0)["novel_1"], 1);
}

}  // namespace
}  // namespace ipet::attack::test
