// Sequences of packets as an attacker's view.
#include "stages/attack/sequence_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

TEST(SequenceView, rows_are_sizes_and_gaps_with_the_sign_of_the_direction) {
  const SequenceView view(1, 3);
  const Nanoseconds s = traffic::second;
  const Rows rows = look(view, {noon, noon + 10 * minute, noon},
                         {out(noon, 10), in(noon + s, 0), out(noon + s, 5), in(noon + 3 * s, 7),
                          out(noon + minute, 9), out(noon + 10 * minute, 1)});
  EXPECT_THAT(rows.values, testing::ElementsAre(11, -1, 6, 1e-6F, -1, 1e-6F,  // a whole sequence
                                                -8, 0, 0, -2, 0, 0,           // what is left of the minute
                                                10, 0, 0, 57, 0, 0));
  EXPECT_THAT(rows.start, testing::ElementsAre(noon, noon + 3 * s, noon + minute));
  EXPECT_THAT(view.columns(), testing::ElementsAre("0_size", "1_size", "2_size", "0_gap", "1_gap", "2_gap"));
  EXPECT_EQ(view.name(), "sequences of 3 packets in 1 min");
}

TEST(SequenceView, rows_do_not_depend_on_how_packets_are_cut_into_calls) {
  SCOPED_TRACE("seed 3");
  const std::vector<DevicePacket> packets = random_line(3, 3000, noon);
  const SequenceView view(15, 16);
  const Interval day{noon, noon + traffic::day, noon};
  const Rows whole = look(view, day, packets);
  EXPECT_GT(whole.size(), 100u);
  for (const std::size_t part : {1, 7, 1000}) {
    const Rows cut = look(view, day, packets, part);
    EXPECT_EQ(cut.start, whole.start);
    EXPECT_EQ(cut.values, whole.values);
  }
}

}  // namespace
}  // namespace ipet::attack::test
