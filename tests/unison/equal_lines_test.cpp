// The lines of a set are the same, packet by packet.
#include <gtest/gtest.h>

#include "tests/unison/homes.hpp"

namespace ipet::defence::test {
namespace {

const std::vector<std::string> devices = {"bulb", "cam", "door", "hub", "lock", "plug", "off"};

/// Transmission time of a packet at 1 Gbit/s: 8 ns a byte with headers of 54 (TCP) or 42 (UDP) bytes.
Nanoseconds step_of(const DevicePacket& packet) {
  return 8 * (packet.size + (packet.protocol == Protocol::tcp ? 54 : 42));
}

/// That a line carries these packets and no others, in their order.
void expect_events(const std::vector<DevicePacket>& line, const std::vector<LinePacket>& events) {
  ASSERT_EQ(line.size(), events.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    ASSERT_EQ(line[i].size, events[i].packet.size) << i;
    ASSERT_EQ(line[i].direction, events[i].packet.direction) << i;
    ASSERT_EQ(line[i].protocol, events[i].packet.protocol) << i;
    ASSERT_GE(line[i].time, events[i].packet.time) << i;
  }
}

TEST(LinesOfASet, carry_every_members_packets_in_the_order_in_which_they_came) {
  const auto user = random_home(devices.size(), 5'000, fresh_seed());
  const MixedGroup mixed = mix_group(Unison({}), lines_of(devices), user);
  for (const auto& line : mixed.lines) expect_events(line, user);
}

TEST(LinesOfASet, differ_at_an_index_by_the_copies_transmission_times_alone) {
  const auto user = random_home(devices.size(), 5'000, fresh_seed());
  const MixedGroup mixed = mix_group(Unison({}), lines_of(devices), user);
  for (std::size_t i = 0; i < user.size(); ++i) {
    std::vector<Nanoseconds> times;
    for (const auto& line : mixed.lines) times.push_back(line.at(i).time);
    std::ranges::sort(times);
    // Back to back, one on each line; far below the millisecond that is promised.
    for (std::size_t j = 1; j < times.size(); ++j)
      ASSERT_EQ(times[j] - times[j - 1], step_of(user[i].packet)) << i;
    ASSERT_LE(times.back() - times.front(), 1'000'000);
  }
}

TEST(LinesOfASet, are_the_same_to_their_ends_where_it_is_known_when_they_are_up) {
  auto user = random_home(devices.size(), 50, fresh_seed(), start + traffic::second);
  // The last packet comes with the last nanosecond of the lines.
  const Line::Span up{start, user.back().packet.time + 1};
  const MixedGroup mixed = mix_group(Unison({}), lines_of(devices, up), user);
  for (std::size_t line = 0; line < devices.size(); ++line) {
    expect_events(mixed.lines[line], user);
    EXPECT_EQ(mixed.summaries[line].unsent_bytes, 0U);
    EXPECT_EQ(mixed.summaries[line].first, up.begin);
    EXPECT_EQ(mixed.summaries[line].last, up.end);
  }
}

TEST(LinesOfASet, do_not_depend_on_how_the_packets_are_cut_into_messages) {
  const auto user = random_home(devices.size(), 500, fresh_seed());
  const MixedGroup whole = mix_group(Unison({}), lines_of(devices), user, Resources(20), user.size());
  const MixedGroup cut = mix_group(Unison({}), lines_of(devices), user, Resources(20), 1);
  EXPECT_EQ(cut.lines, whole.lines);
}

TEST(LinesOfASet, are_shuffled_by_the_seed) {
  const auto user = random_home(devices.size(), 100, 1);
  const MixedGroup one = mix_group(Unison({}), lines_of(devices), user);
  EXPECT_EQ(mix_group(Unison({}), lines_of(devices), user).lines, one.lines);
  EXPECT_NE(mix_group(Unison({}), lines_of(devices), user, Resources(21)).lines, one.lines);
}

TEST(LinesOfASet, are_each_as_often_first_and_last_whoever_the_packet_is_of) {
  // All packets are of the first line, a second apart, so that a place is what the time is later.
  std::vector<LinePacket> user;
  constexpr std::size_t events = 20'000;
  for (std::size_t i = 0; i < events; ++i)
    user.push_back(
        {0,
         {start + static_cast<Nanoseconds>(i) * traffic::second, 100, Direction::out, Protocol::udp, false}});
  const MixedGroup mixed = mix_group(Unison({}), lines_of({"a", "b", "c", "d"}), user);
  const Nanoseconds step = 8 * 142;
  for (const auto& line : mixed.lines) {
    std::vector<std::size_t> places(4);
    for (std::size_t i = 0; i < events; ++i)
      ++places.at(static_cast<std::size_t>((line[i].time - user[i].packet.time) / step));
    // A quarter of 20,000 each, with a standard deviation of 61.
    for (const std::size_t count : places) EXPECT_NEAR(static_cast<double>(count), 5'000, 350);
  }
}

}  // namespace
}  // namespace ipet::defence::test
