// How far bursts may be moved.
#include "stages/imitation/looseness.hpp"

#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

std::vector<traffic::Nanoseconds> of(const Packets& packets) {
  return looseness_of(packets, bursts_of(packets, {})).all;
}

DevicePacket at(double seconds, std::uint32_t size) {
  return packet(seconds, size);
}

constexpr traffic::Nanoseconds ms = 1'000'000;

TEST(Looseness, of_a_timer_is_what_it_varies_by) {
  // Intervals of 60.000, 60.010, 59.990, 60.004 s: half of the other three, rounded up, are within
  // 10, 10, 14 and 6 ms.
  const auto found = of({at(0, 50), at(60, 50), at(120.01, 50), at(180, 50), at(240.004, 50)});
  EXPECT_EQ(found, (std::vector<traffic::Nanoseconds>{10 * ms, 10 * ms, 10 * ms, 6 * ms, 6 * ms}));
}

TEST(Looseness, of_one_timer_is_not_that_of_another_between_whose_bursts_it_falls) {
  Packets packets;
  for (int i = 0; i < 40; ++i) packets.push_back(at(60.0 * i, 50));
  for (int i = 0; i < 30; ++i) packets.push_back(at(7 + 77.7 * i, 90));
  std::ranges::sort(packets, {}, &DevicePacket::time);
  for (const traffic::Nanoseconds each : of(packets)) EXPECT_LT(each, 1000);  // rounding of nanoseconds
}

TEST(Looseness, of_what_has_no_rhythm_is_a_share_of_its_distances) {
  // 100 and 700 s: no other interval is within a tenth of them; the burst between is in both.
  EXPECT_EQ(of({at(0, 50), at(100, 50), at(800, 50)}),
            (std::vector<traffic::Nanoseconds>{5'000 * ms, 5'000 * ms, 35'000 * ms}));
  EXPECT_EQ(of({at(0, 50), at(30, 60)}), (std::vector<traffic::Nanoseconds>{0, 0}));
}

}  // namespace
}  // namespace ipet::defence::test
