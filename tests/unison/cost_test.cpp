// What equal lines cost: copies are dummies, the user's own packet is none, and waits for its place only.
#include <gtest/gtest.h>

#include "tests/unison/homes.hpp"

namespace ipet::defence::test {
namespace {

const std::vector<std::string> four_devices = {"bulb", "cam", "door", "off"};

TEST(CopiesOfPackets, are_dummies_and_the_users_own_packet_is_none) {
  const auto user = random_home(four_devices.size(), 2'000, fresh_seed());
  const MixedGroup mixed = mix_group(Unison({}), lines_of(four_devices), user);
  for (std::size_t i = 0; i < user.size(); ++i)
    for (std::size_t line = 0; line < four_devices.size(); ++line)
      ASSERT_EQ(mixed.lines[line][i].dummy, line != user[i].line) << "packet " << i << ", line " << line;
}

TEST(CopiesOfPackets, add_on_each_line_what_the_others_sent) {
  const auto user = random_home(four_devices.size(), 2'000, fresh_seed());
  const MixedGroup mixed = mix_group(Unison({}), lines_of(four_devices), user);
  std::vector<std::uint64_t> own(four_devices.size());
  std::uint64_t all = 0;
  for (const LinePacket& each : user) {
    own[each.line] += each.packet.size;
    all += each.packet.size;
  }
  for (std::size_t line = 0; line < four_devices.size(); ++line) {
    const MixSummary& summary = mixed.summaries[line];
    EXPECT_EQ(summary.device, four_devices[line]);
    EXPECT_EQ(summary.capture, 3U);
    EXPECT_TRUE(summary.covered);
    EXPECT_TRUE(summary.delayed);
    EXPECT_EQ(payload_of(summary.user), own[line]);
    EXPECT_EQ(payload_of(summary.dummy), all - own[line]);
    EXPECT_EQ(payload_of(summary.sent), all);
    EXPECT_EQ(summary.unsent_bytes, 0U);
    EXPECT_EQ(summary.exposed_minutes, 0U);
  }
}

TEST(UserPackets, wait_for_their_place_among_the_copies_alone) {
  const auto user = random_home(four_devices.size(), 2'000, fresh_seed());
  const MixedGroup mixed = mix_group(Unison({}), lines_of(four_devices), user);
  // The link by hand: an event begins when its packet comes or when the copies before it are through.
  Nanoseconds free = 0;
  for (std::size_t i = 0; i < user.size(); ++i) {
    const DevicePacket& packet = user[i].packet;
    const Nanoseconds step = 8 * (packet.size + (packet.protocol == Protocol::tcp ? 54 : 42));
    free = std::max(free, packet.time);
    const Nanoseconds sent = mixed.lines[user[i].line][i].time;
    ASSERT_GE(sent, free) << i;
    ASSERT_LE(sent, free + 3 * step) << i;
    ASSERT_EQ((sent - free) % step, 0) << i;
    free += 4 * step;
  }
}

TEST(UserPackets, have_their_delays_measured) {
  // Two four_devices, one packet: it is first or second.
  const std::vector<LinePacket> user = {{1, {start, 1'458, Direction::in, Protocol::udp, false}}};
  const MixedGroup mixed = mix_group(Unison({}), lines_of({"bulb", "cam"}), user);
  const double delay = static_cast<double>(mixed.lines[1][0].time - start) / 1e9;
  EXPECT_EQ(mixed.summaries[0].delays.count(), 0U);
  ASSERT_EQ(mixed.summaries[1].delays.count(), 1U);
  EXPECT_DOUBLE_EQ(mixed.summaries[1].delays.maximum(), delay);
}

TEST(UserPackets, without_payload_are_no_dummies_either) {
  // One with payload before it does not take it along.
  const std::vector<LinePacket> user = {{0, {start, 100, Direction::out, Protocol::tcp, false}},
                                        {0, {start, 0, Direction::out, Protocol::tcp, false}}};
  const MixedGroup mixed = mix_group(Unison({}), lines_of({"bulb", "cam"}), user);
  EXPECT_FALSE(mixed.lines[0].at(1).dummy);
  EXPECT_TRUE(mixed.lines[1].at(1).dummy);
  EXPECT_EQ(mixed.summaries[0].delays.count(), 2U);
}

TEST(LinkRate, is_what_the_copies_are_apart_by) {
  UnisonOptions slow;
  slow.link_rate = 10;
  const std::vector<LinePacket> user = {{0, {start, 1'446, Direction::out, Protocol::tcp, false}}};
  const MixedGroup mixed = mix_group(Unison(slow), lines_of({"bulb", "cam", "door"}), user);
  std::vector<Nanoseconds> times;
  for (const auto& line : mixed.lines) times.push_back(line.at(0).time - start);
  std::ranges::sort(times);
  // 1,500 bytes at 10 Mbit/s: 1.2 ms.
  EXPECT_EQ(times, (std::vector<Nanoseconds>{0, 1'200'000, 2'400'000}));
}

TEST(LinkRate, makes_a_burst_wait_that_is_faster_than_the_link_can_copy_it) {
  UnisonOptions slow;
  slow.link_rate = 10;
  std::vector<LinePacket> user;
  for (int i = 0; i < 10; ++i) user.push_back({0, {start, 1'446, Direction::out, Protocol::tcp, false}});
  const MixedGroup mixed = mix_group(Unison(slow), lines_of({"bulb", "cam"}), user);
  EXPECT_GE(mixed.lines[0].back().time - start, 18 * 1'200'000);
  EXPECT_EQ(mixed.summaries[0].delays.count(), 10U);
  EXPECT_EQ(mixed.summaries[0].unsent_bytes, 0U);
}

}  // namespace
}  // namespace ipet::defence::test
