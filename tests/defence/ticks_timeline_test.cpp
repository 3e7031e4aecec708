// When dummies are sent, and of which sizes, under "ticks" (stages/perturbation/README.md): timelines worked
// out by hand.
#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

constexpr Nanoseconds origin = 1'700'000'000 * traffic::second + 123'456'789;

DevicePacket user_at(Nanoseconds time) {
  return {origin + time, 1000, Direction::out, Protocol::tcp, false};
}
DevicePacket out(Nanoseconds milliseconds, std::uint32_t size) {
  return {origin + milliseconds * millisecond, size, Direction::out, Protocol::udp, true};
}
DevicePacket in(Nanoseconds milliseconds, std::uint32_t size) {
  return {origin + milliseconds * millisecond, size, Direction::in, Protocol::udp, true};
}

/// Two slots of 100 ms: out 3 packets of 10 bytes in all, in 2 of 5; then out 1 of 7, in 4 of 8.
const std::vector<SlotRow> two_rows = {{3, 10, 2, 5}, {1, 7, 4, 8}};

MixOptions active_for(Nanoseconds milliseconds, bool published_defects = false) {
  MixOptions options = ticks(published_defects);
  options.active = std::chrono::milliseconds(milliseconds);
  return options;
}

TEST(TicksTimeline, sends_incoming_dummies_at_slots_and_outgoing_ones_between_them_around_activity_only) {
  const std::vector<DevicePacket> user = {user_at(0), user_at(120 * millisecond),
                                          user_at(1000 * millisecond)};
  const std::vector<DevicePacket> expected = {
      user[0],  // an active period begins
      in(0, 3),    in(0, 2),    out(50, 4),   out(50, 3),   out(50, 3),   in(100, 2),
      in(100, 2),  in(100, 2),  in(100, 2),
      user[1],                                                            // does not move the grid
      out(150, 7), in(200, 3),  in(200, 2),                               // a fresh vector after two slots
      out(250, 4), out(250, 3), out(250, 3),                              //
      in(300, 2),  in(300, 2),  in(300, 2),   in(300, 2),   out(350, 7),  // 370 ms: the end of the period
      user[2],                                                            // the next one
      in(1000, 3), in(1000, 2), out(1050, 4), out(1050, 3), out(1050, 3), in(1100, 2),
      in(1100, 2), in(1100, 2), in(1100, 2),  out(1150, 7), in(1200, 3),  in(1200, 2)};  // 1250 ms: the end
  EXPECT_EQ(mix(dictated("plug", two_rows), "plug", user, 0, active_for(250)).packets, expected);
}

TEST(TicksTimeline, counts_a_packet_just_before_the_end_of_a_period_to_it_and_one_at_its_end_to_the_next) {
  const auto perturbations = dictated("plug", {{1, 1, 1, 1}});
  const Nanoseconds end = 60 * millisecond;
  const Mixed before = mix(perturbations, "plug", {user_at(0), user_at(end - 1)}, 0, active_for(60));
  EXPECT_EQ(before.only(true), (std::vector<DevicePacket>{in(0, 1), out(50, 1), in(100, 1)}));
  const Mixed at_end = mix(perturbations, "plug", {user_at(0), user_at(end)}, 0, active_for(60));
  EXPECT_EQ(at_end.only(true), (std::vector<DevicePacket>{in(0, 1), out(50, 1), in(60, 1), out(110, 1)}));
}

TEST(TicksTimeline, goes_on_for_five_seconds_by_default_and_no_longer_over_years) {
  const Nanoseconds years = 60 * 365 * traffic::day;
  const Mixed mixed = mix(fixed("plug", {1, 1, 1, 1}), "plug", {user_at(0), user_at(years)}, 0, ticks());
  ASSERT_EQ(mixed.only(true).size(), 200U);  // twice 100 ticks in 5 s
  EXPECT_EQ(mixed.only(true)[99].time, origin + 4950 * millisecond);
  EXPECT_EQ(mixed.packets.back().time, origin + years + 4950 * millisecond);
  EXPECT_EQ(mixed.summary.last, mixed.packets.back().time);
  EXPECT_EQ(mixed.summary.skipped, 0);
}

TEST(TicksTimeline, shares_bytes_among_a_slots_dummies_so_that_they_sum_up_and_none_is_empty) {
  // "free" rows may have fewer bytes than packets, or only one of the two.
  const auto perturbations = dictated("plug", {{7, 3, 5, 0}, {0, 9, 20, 119}}, 20, generator::RowKind::free);
  const Mixed mixed = mix(perturbations, "plug", {user_at(0)}, 0, active_for(200));
  std::vector<DevicePacket> expected(3, out(50, 1));                         // 3 bytes make 3 dummies, not 7
  for (int i = 0; i < 20; ++i) expected.push_back(in(100, i < 19 ? 6 : 5));  // 19 x 6 + 5 = 119
  EXPECT_EQ(mixed.only(true), expected);
}

TEST(TicksTimeline, puts_the_middle_of_an_odd_slot_at_the_nanosecond_below) {
  auto perturbations = fixed("plug", {1, 1, 1, 1});
  auto set = *perturbations->generators;
  set.omega = 15e-9;
  perturbations->generators = std::make_shared<generator::GeneratorSet>(set);
  MixOptions options = ticks();
  options.active = std::chrono::nanoseconds(38);
  std::vector<Nanoseconds> times;
  for (const DevicePacket& dummy : mix(perturbations, "plug", {user_at(0)}, 0, options).only(true))
    times.push_back(dummy.time - origin);
  EXPECT_EQ(times, (std::vector<Nanoseconds>{0, 7, 15, 22, 30, 37}));
}

TEST(TicksDefects, share_one_row_counter_so_that_half_of_each_row_is_lost) {
  // Row 0 is used for incoming dummies at 0 ms, row 1 for outgoing ones at 50 ms, then the vector is used up.
  const std::vector<DevicePacket> user = {user_at(0), user_at(120 * millisecond)};
  const Mixed mixed = mix(dictated("plug", two_rows), "plug", user, 0, active_for(100, true));
  EXPECT_EQ(mixed.only(true), (std::vector<DevicePacket>{in(0, 2), in(0, 2),  // 5 / 2 = 2.5: to the even 2
                                                         out(50, 7), in(120, 2), in(120, 2), out(170, 7)}));
}

TEST(TicksDefects, go_on_counting_rows_when_a_vector_has_an_odd_number_of_slots) {
  const auto perturbations = dictated("plug", {{1, 10, 1, 11}, {1, 20, 1, 21}, {1, 30, 1, 31}});
  EXPECT_EQ(mix(perturbations, "plug", {user_at(0)}, 0, active_for(300, true)).only(true),
            (std::vector<DevicePacket>{in(0, 11), out(50, 20), in(100, 31), out(150, 10), in(200, 21),
                                       out(250, 30)}));
}

TEST(TicksDefects, send_empty_dummies_and_rounded_fractions_that_exceed_the_bytes) {
  const auto perturbations = dictated("plug", {{1, 1, 3, 0}, {3, 5, 1, 1}}, 20, generator::RowKind::free);
  EXPECT_EQ(mix(perturbations, "plug", {user_at(0)}, 0, active_for(100, true)).only(true),
            (std::vector<DevicePacket>{in(0, 0), in(0, 0), in(0, 0),           // 3 packets of no bytes
                                       out(50, 2), out(50, 2), out(50, 2)}));  // 5 / 3 = 1.67: 6 bytes
}

TEST(TicksDefects, lose_the_last_packet_of_each_trace_and_count_it) {
  const std::vector<DevicePacket> user = {user_at(0), user_at(10), user_at(20)};
  for (const std::size_t message : {0, 1, 2}) {
    const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "plug", user, message, ticks(true));
    EXPECT_EQ(mixed.only(false), (std::vector<DevicePacket>{user[0], user[1]}));
    EXPECT_EQ(mixed.summary.lost, 1U);
    EXPECT_EQ(mixed.summary.user[0].packets, 2U);
  }
  const Mixed corrected = mix(fixed("plug", {4, 100, 4, 100}), "plug", user, 0, ticks());
  EXPECT_EQ(corrected.only(false), user);
  EXPECT_EQ(corrected.summary.lost, 0U);
}

TEST(TicksDefects, lose_no_packet_of_a_device_that_gets_no_cover) {
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "lamp", {user_at(0)}, 0, ticks(true));
  EXPECT_EQ(mixed.packets.size(), 1U);
  EXPECT_EQ(mixed.summary.lost, 0U);
}

}  // namespace
}  // namespace ipet::defence::test
