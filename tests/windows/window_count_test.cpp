// What became of packets in windowing, by device.
#include "stages/windows/window_count.hpp"

#include <gtest/gtest.h>

#include "stages/windows/windowing.hpp"

namespace {

using namespace ipet;
using namespace std::chrono_literals;

TEST(WindowCount, AddsRecordingsUpByDevice) {
  windows::WindowCount count;
  count.add("plug", {10, 2, 3, 0});
  count.add("cam", {5, 0, 1, 4});
  count.add("plug", {1, 0, 1, 0});
  EXPECT_EQ(count.packets(), 16u);
  EXPECT_EQ(count.windows(), 5u);
  EXPECT_EQ(count.table(),
            "packets and windows\n"
            "  device  packets  in windows  in dropped last windows  windows  idle windows left out\n"
            "  cam           5           5                        0        1                      4\n"
            "  plug         11           9                        2        4                      0\n"
            "  all          16          14                        2        5                      4\n");
}

TEST(WindowCount, HasThePacketsOfALastWindowThatIsDropped) {
  const auto settings =
      windows::WindowSettings{4s, 100ms, windows::Placement::anchored, windows::Silence::after};
  windows::Windowing windower(settings);
  std::size_t made = 0;
  const auto flush = [&](windows::Windows& done) { made += done.size(); };
  std::vector<traffic::DevicePacket> packets(5);
  for (const int i : {3, 4}) packets[static_cast<std::size_t>(i)].time = 10 * traffic::second;
  windower.add(packets, flush);
  windower.end(flush);
  EXPECT_EQ(made, 1u);
  EXPECT_EQ(windower.dropped_packets(), 2u);
}

}  // namespace
