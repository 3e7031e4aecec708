// Windows of a line as rows.
#include "stages/attack/window_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

using windows::Placement;
using windows::WindowSettings;
using namespace std::chrono_literals;

WindowView two_seconds(Placement placement) {
  return WindowView(WindowSettings{2s, 1s, placement, windows::Silence::before});
}

const Interval interval{noon, noon + 60 * traffic::second, noon};

TEST(WindowView, rows_are_slots_and_then_silence) {
  const Nanoseconds s = traffic::second;
  const std::vector<DevicePacket> packets{out(noon, 10), in(noon + s, 20), in(noon + s, 30),
                                          out(noon + 5 * s, 40)};
  const Rows anchored = look(two_seconds(Placement::anchored), interval, packets);
  EXPECT_THAT(anchored.values, testing::ElementsAre(1, 10, 0, 0, 0, 0, 2, 50, 0,  //
                                                    1, 40, 0, 0, 0, 0, 0, 0, 4));
  EXPECT_THAT(anchored.start, testing::ElementsAre(noon, noon + 5 * s));
  const Rows tiled = look(two_seconds(Placement::tiled), interval, packets);
  EXPECT_THAT(tiled.values, testing::ElementsAre(1, 10, 0, 0, 0, 0, 2, 50, 0,  //
                                                 0, 0, 0, 0, 0, 0, 0, 0, 3,    //
                                                 0, 0, 0, 0, 1, 40, 0, 0, 4));
}

TEST(WindowView, what_is_outside_the_watch_is_not_seen) {
  const Rows rows =
      look(two_seconds(Placement::anchored), interval,
           {out(noon - 1, 10), out(noon, 20), out(interval.end - 1, 30), out(interval.end, 40)}, 1);
  EXPECT_THAT(rows.start, testing::ElementsAre(noon, interval.end - 1));
  EXPECT_EQ(rows.row(0)[1], 20);
  EXPECT_EQ(rows.row(1)[1], 30);
}

TEST(WindowView, rows_do_not_depend_on_how_packets_are_cut_into_calls) {
  for (const std::uint64_t seed : {1, 2}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<DevicePacket> packets = random_line(seed, 3000, noon);
    const WindowView view = two_seconds(Placement::anchored);
    const Interval day{noon, noon + traffic::day, noon};
    const Rows whole = look(view, day, packets);
    EXPECT_GT(whole.size(), 600u);
    for (const std::size_t part : {1, 7, 1000}) {
      const Rows cut = look(view, day, packets, part);
      EXPECT_EQ(cut.start, whole.start);
      EXPECT_EQ(cut.values, whole.values);
    }
  }
}

TEST(WindowView, names_itself_and_its_columns) {
  EXPECT_EQ(two_seconds(Placement::tiled).name(), "tiled windows of 2 s in slots of 1 s");
  EXPECT_EQ(WindowView(WindowSettings{}).name(), "anchored windows of 4 s");
  EXPECT_THAT(two_seconds(Placement::anchored).columns(),
              testing::ElementsAre("0_out_packets", "0_out_bytes", "0_in_packets", "0_in_bytes",
                                   "1_out_packets", "1_out_bytes", "1_in_packets", "1_in_bytes", "silence"));
}

}  // namespace
}  // namespace ipet::attack::test
