// How long answers take on a line.
#include "stages/attack/response_view.hpp"

#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

std::map<std::string, float> answers(const std::vector<DevicePacket>& packets) {
  const ResponseView view(15);
  return named(view, look(view, {noon, noon + 15 * minute, noon}, packets), 0);
}

float sum(const std::map<std::string, float>& row, const std::string& end) {
  float total = 0;
  for (const auto& [column, value] : row)
    if (column.ends_with(end)) total += value;
  return total;
}

TEST(Responses, are_counted_by_direction_and_by_the_size_that_they_answer) {
  auto row = answers({out(noon, 100), in(noon + 50 * millisecond, 300), out(noon + 250 * millisecond, 30)});
  EXPECT_EQ(row["in_medium_answers"], 1);
  EXPECT_FLOAT_EQ(row["in_medium_median"], 0.05F);
  EXPECT_EQ(row["in_medium_time_11"], 1) << "50 is 2 to the power of 5.64";
  EXPECT_EQ(row["out_medium_answers"], 1);
  EXPECT_FLOAT_EQ(row["out_medium_median"], 0.2F);
  EXPECT_EQ(row["out_medium_time_15"], 1) << "200 is 2 to the power of 7.64";
  EXPECT_EQ(sum(row, "_answers"), 2);
}

TEST(Responses, of_bursts_come_between_two_and_eight_seconds_later) {
  auto row = answers({out(noon, 30), out(noon + 3 * s, 600), out(noon + 11 * s, 30), out(noon + 13 * s, 30)});
  EXPECT_EQ(row["burst_small_answers"], 2);
  EXPECT_EQ(row["burst_small_time_23"], 1) << "3000 is 2 to the power of 11.55";
  EXPECT_EQ(row["burst_small_time_21"], 1) << "2000 is 2 to the power of 10.97";
  EXPECT_EQ(sum(row, "_answers"), 2) << "8 s are too long";
}

TEST(Responses, have_quantiles) {
  std::vector<DevicePacket> packets;
  for (int i = 1; i <= 11; ++i) {
    packets.push_back(out(noon + i * minute, 1000));
    packets.push_back(in(noon + i * minute + i * 10 * millisecond, 1000));
  }
  auto row = answers(packets);
  EXPECT_EQ(row["in_large_answers"], 11);
  EXPECT_FLOAT_EQ(row["in_large_tenth"], 0.02F);
  EXPECT_FLOAT_EQ(row["in_large_median"], 0.06F);
  EXPECT_FLOAT_EQ(row["in_large_ninth"], 0.1F);
}

TEST(Responses, are_none_to_empty_packets_nor_in_the_same_direction) {
  EXPECT_EQ(sum(answers({out(noon, 100), in(noon + millisecond, 0), out(noon + s, 100)}), "_answers"), 0);
}

}  // namespace
}  // namespace ipet::attack::test
