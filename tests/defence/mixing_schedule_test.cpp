// When dummies are sent: vectors, slots, sub-ticks, activity ("continuous" of stages/perturbation/README.md).
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

constexpr Nanoseconds origin = 1'700'000'000 * traffic::second;
constexpr Nanoseconds window = 4 * traffic::second, omega = 100 * millisecond, sub_tick = 5 * millisecond;

DevicePacket at(Nanoseconds time) {
  return {origin + time, 100, Direction::out, Protocol::tcp, false};
}

TEST(MixingSchedule, covers_silence_from_the_first_packet_to_the_last) {
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "plug", {at(0), at(3600 * traffic::second)});
  std::set<Nanoseconds> covered;
  for (const DevicePacket& dummy : mixed.only(true)) {
    ASSERT_GE(dummy.time, origin);
    ASSERT_LT(dummy.time, origin + 3600 * traffic::second);
    covered.insert((dummy.time - origin) / window);
  }
  EXPECT_EQ(covered.size(), 900U);  // 3600 s / 4 s: no window of the hour is silent
}

TEST(MixingSchedule, sends_dummies_on_sub_ticks_of_5_ms_as_marked_udp) {
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "plug", {at(0), at(60 * traffic::second)});
  std::set<Nanoseconds> offsets;
  for (const DevicePacket& dummy : mixed.only(true)) {
    ASSERT_EQ((dummy.time - origin) % sub_tick, 0);
    ASSERT_EQ(dummy.protocol, Protocol::udp);
    offsets.insert((dummy.time - origin) % omega / sub_tick);
  }
  EXPECT_EQ(offsets.size(), 20U);
}

TEST(MixingSchedule, starts_a_fresh_vector_at_the_packet_that_ends_a_silence_of_one_window) {
  // 6.0013 s lies inside the second vector, off the grid that the first packet began.
  const Nanoseconds again = 6 * traffic::second + 1300 * 1000;
  const Mixed mixed =
      mix(fixed("plug", {4, 100, 4, 100}), "plug", {at(0), at(again), at(again + 2 * window)});
  bool after = false;
  for (const DevicePacket& dummy : mixed.only(true)) {
    const Nanoseconds time = dummy.time - origin;
    const Nanoseconds begin = time < again ? 0 : again;
    ASSERT_EQ((time - begin) % sub_tick, 0) << time;
    after = after || time >= again;
  }
  EXPECT_TRUE(after);
}

TEST(MixingSchedule, keeps_its_vector_when_packets_follow_within_one_window) {
  // One nanosecond short of a window: not active anew, so the grid of the first packet stays.
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "plug",
                          {at(0), at(window - 1), at(2 * window - 3), at(4 * window - 4)});
  for (const DevicePacket& dummy : mixed.only(true)) ASSERT_EQ((dummy.time - origin) % sub_tick, 0);
}

TEST(MixingSchedule, takes_a_gap_of_exactly_one_window_as_activity) {
  // The packet at 1 ns begins nothing; the one a window after it does, and moves the grid by 1 ns.
  const Nanoseconds gap = window + 1;
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "plug", {at(0), at(1), at(gap), at(gap + window)});
  bool after = false;
  for (const DevicePacket& dummy : mixed.only(true)) {
    const Nanoseconds time = dummy.time - origin;
    ASSERT_EQ((time < gap ? time : time - gap) % sub_tick, 0);
    after = after || time > gap;
  }
  EXPECT_TRUE(after);
}

TEST(MixingSchedule, stops_in_a_gap_that_is_too_long_and_begins_afresh) {
  MixOptions options;
  options.longest_gap = std::chrono::minutes(1);
  const Nanoseconds far = 20 * 365 * traffic::day + 1;  // off the grid of the first packet
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "plug",
                          {at(0), at(far), at(far + 10 * traffic::second)}, 0, options);
  std::size_t before = 0, after = 0;
  for (const DevicePacket& dummy : mixed.only(true)) {
    const Nanoseconds time = dummy.time - origin;
    ASSERT_TRUE(time < 60 * traffic::second || time >= far) << time;
    ASSERT_EQ((time - (time < far ? 0 : far)) % sub_tick, 0) << time;
    ++(time < far ? before : after);
  }
  EXPECT_GT(before, 1000U);  // about 40 a second
  EXPECT_GT(after, 200U);
  EXPECT_EQ(mixed.summary.skipped, far - 60 * traffic::second);
}

TEST(MixingSchedule, leaves_a_device_alone_that_is_not_to_be_protected) {
  MixOptions options;
  options.protect = false;
  const Mixed mixed =
      mix(fixed("laptop", {4, 100, 4, 100}), "laptop", {at(0), at(3600 * traffic::second)}, 0, options);
  EXPECT_EQ(mixed.packets.size(), 2U);
  EXPECT_FALSE(mixed.summary.covered);
}

TEST(MixingSchedule, sends_the_published_rate_and_sizes) {
  MixOptions options;
  options.published_defects = true;
  const Nanoseconds length = 4000 * traffic::second;  // 40,000 slots
  const Mixed mixed = mix(fixed("plug", {4, 3999, 0, 0}), "plug", {at(0), at(length)}, 0, options);
  // Sizes 0 .. 2 (3999 / 4 + 1) - 1 = 1999, so a dummy comes with 4 / 20 x 1999 / 2000 = 0.1999.
  const auto dummies = mixed.only(true);
  double bytes_at_first_tick = 0, first = 0;
  for (const DevicePacket& dummy : dummies) {
    EXPECT_EQ(dummy.direction, Direction::out);
    EXPECT_LE(dummy.size, 1999U);
    if ((dummy.time - origin) % omega != 0) continue;
    bytes_at_first_tick += dummy.size;
    ++first;
  }
  // The first sub-tick is never cut: P = 0.1999 of 40,000: 7996, sd 80; mean size 1000, sd 577 / sqrt(7996)
  // = 6.5.
  EXPECT_NEAR(first, 7996, 4 * 80);
  EXPECT_NEAR(bytes_at_first_tick / first, 1000, 4 * 6.5);
}

TEST(MixingSchedule, sends_the_mean_number_of_dummies_while_bytes_last) {
  MixOptions options;
  options.published_defects = true;
  // 1 packet, 3999 bytes: sizes 0 .. 7999. Used up only after several draws, so per slot, with N ~ Bin(20,
  // 1/20) sums of uniforms must stay below 3999 for the next to be sent. Expected number of dummies,
  // independently:
  //   python3 -c "
  //   p=1/20*7999/8000; d=[1.0]+[0.0]*3998; e=0
  //   for k in range(20):
  //     alive=sum(d); e+=alive*p
  //     c=0; n=[0.0]*3999
  //     for s in range(3999): n[s]=d[s]*(1-p)+c/20/8000; c+=d[s]
  //     d=n
  //   print(e)"
  // gives 0.78323; the standard deviation over 40,000 slots is below 0.004.
  const Mixed mixed =
      mix(fixed("plug", {1, 3999, 0, 0}), "plug", {at(0), at(4000 * traffic::second)}, 0, options);
  EXPECT_NEAR(static_cast<double>(mixed.only(true).size()) / 40000, 0.78323, 0.016);
}

TEST(MixingSchedule, draws_sizes_uniformly_up_to_the_published_largest) {
  MixOptions options;
  options.published_defects = true;
  // 20 packets, 200 bytes: a dummy at every sub-tick, sizes 0 .. 2 (10 + 1) - 1 = 21, none (0) with 1 / 22.
  const Mixed mixed =
      mix(fixed("plug", {20, 200, 0, 0}), "plug", {at(0), at(4000 * traffic::second)}, 0, options);
  std::map<std::uint32_t, int> sizes;  // at the first sub-tick of the 40,000 slots
  for (const DevicePacket& dummy : mixed.only(true))
    if ((dummy.time - origin) % omega == 0) ++sizes[dummy.size];
  ASSERT_EQ(sizes.size(), 21U);
  EXPECT_EQ(sizes.begin()->first, 1U);
  EXPECT_EQ(sizes.rbegin()->first, 21U);
  // Each has 40,000 / 22 = 1818, sd 41.7.
  for (const auto& [size, count] : sizes) EXPECT_NEAR(count, 1818, 4.5 * 41.7) << size;
}

}  // namespace
}  // namespace ipet::defence::test
