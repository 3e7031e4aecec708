// What a device sends beyond its budget, copied or alone.
#include <gtest/gtest.h>

#include "tests/unison/homes.hpp"

namespace ipet::defence::test {
namespace {

/// A budget of 1 byte a second: 86,400 bytes of a device are copied at once.
UnisonOptions alone() {
  UnisonOptions options;
  options.budget = 1;
  options.sets = {{"bulb", "cam"}};
  options.transfers = Transfers::alone;
  return options;
}

LinePacket of(std::size_t line, double seconds, std::uint32_t size) {
  return {line,
          {start + static_cast<Nanoseconds>(seconds * 1e9), size, Direction::out, Protocol::tcp, false}};
}

/// 2023-11-14T22:13:20Z is 20 s after the begin of a minute.
std::vector<LinePacket> a_transfer_of_100_000_bytes() {
  std::vector<LinePacket> user;
  for (int i = 0; i < 100; ++i) user.push_back(of(1, i, 1'000));
  return user;
}

TEST(Transfers, beyond_the_budget_are_copied_where_nothing_is_said) {
  UnisonOptions options = alone();
  options.transfers = Transfers::copied;
  const MixedGroup mixed =
      mix_group(Unison(options), lines_of({"bulb", "cam"}), a_transfer_of_100_000_bytes());
  EXPECT_EQ(mixed.lines[0].size(), 100U);
  EXPECT_EQ(mixed.summaries[1].exposed_minutes, 0U);
}

TEST(Transfers, alone_leave_on_their_own_line_from_where_the_allowance_of_a_day_is_used_up) {
  const MixedGroup mixed =
      mix_group(Unison(alone()), lines_of({"bulb", "cam"}), a_transfer_of_100_000_bytes());
  // A byte comes back each second: after 86 packets 86,400 - 86,000 + 85 are left.
  EXPECT_EQ(mixed.lines[0].size(), 86U);
  ASSERT_EQ(mixed.lines[1].size(), 100U);
  for (const DevicePacket& packet : mixed.lines[1]) EXPECT_FALSE(packet.dummy);
}

TEST(Transfers, alone_expose_their_line_in_so_many_minutes) {
  const MixedGroup mixed =
      mix_group(Unison(alone()), lines_of({"bulb", "cam"}), a_transfer_of_100_000_bytes());
  // Packets 86 to 99 come from 106 to 119 s after a minute began: all in its second one.
  EXPECT_EQ(mixed.summaries[1].exposed_minutes, 1U);
  EXPECT_EQ(mixed.summaries[0].exposed_minutes, 0U);
  auto longer = a_transfer_of_100_000_bytes();
  longer.push_back(of(1, 101, 60'000));
  longer.push_back(of(1, 161, 60'000));
  EXPECT_EQ(mix_group(Unison(alone()), lines_of({"bulb", "cam"}), longer).summaries[1].exposed_minutes, 3U);
}

TEST(Transfers, alone_leave_the_others_allowance_as_it_is) {
  auto user = a_transfer_of_100_000_bytes();
  user.push_back(of(0, 100, 1'000));
  const MixedGroup mixed = mix_group(Unison(alone()), lines_of({"bulb", "cam"}), user);
  EXPECT_EQ(mixed.lines[0].size(), 87U);
  EXPECT_EQ(mixed.lines[1].size(), 101U);
}

TEST(Transfers, are_copied_again_when_the_budget_has_filled_up) {
  auto user = a_transfer_of_100_000_bytes();
  user.push_back(of(1, 100 + 1'000, 1'000));
  EXPECT_EQ(mix_group(Unison(alone()), lines_of({"bulb", "cam"}), user).lines[0].size(), 87U);
}

}  // namespace
}  // namespace ipet::defence::test
