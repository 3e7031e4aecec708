// User packets are never delayed, split, dropped or changed (stages/defence/README.md).
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

TEST(MixingUserPackets, come_out_untouched_and_in_order_whatever_the_traffic) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto user = random_user(seed, 300);
    const Mixed mixed = mix(varied({"plug"}, 4, 100, seed), "plug", user);
    EXPECT_EQ(mixed.only(false), user);
    EXPECT_GT(mixed.packets.size(), user.size());
  }
}

TEST(MixingUserPackets, are_merged_with_dummies_in_time_order_and_go_first_at_equal_times) {
  std::size_t equal = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Mixed mixed = mix(varied({"plug"}, 20, 2000, seed), "plug", random_user(seed, 300));
    for (std::size_t i = 1; i < mixed.packets.size(); ++i) {
      const DevicePacket &before = mixed.packets[i - 1], &packet = mixed.packets[i];
      ASSERT_LE(before.time, packet.time) << "packet " << i;
      if (before.time == packet.time && before.dummy) {
        ASSERT_TRUE(packet.dummy) << "packet " << i;
      }
      equal += before.time == packet.time && !before.dummy && packet.dummy;
    }
  }
  EXPECT_GT(equal, 0U) << "the inputs have no dummy at the time of a user packet";
}

TEST(MixingUserPackets, are_all_that_comes_out_with_a_zero_budget) {
  const auto user = random_user(3, 500);
  const Mixed mixed = mix(fixed("plug", {}), "plug", user);
  EXPECT_EQ(mixed.packets, user);
  EXPECT_EQ(mixed.summary.dummy[0].packets + mixed.summary.dummy[1].packets, 0U);
}

TEST(MixingUserPackets, of_a_device_without_generator_pass_unchanged) {
  const auto user = random_user(4, 500);
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "lamp", user);
  EXPECT_EQ(mixed.packets, user);
  EXPECT_EQ(mixed.summary.device, "lamp");
  EXPECT_EQ(mixed.summary.user[0].packets + mixed.summary.user[1].packets, 500U);
}

TEST(MixingUserPackets, of_a_device_whose_generator_had_no_training_windows_pass_unchanged) {
  auto perturbations = fixed("plug", {4, 100, 4, 100});
  auto set = *perturbations->generators;
  set.chains[0].generations[0].devices[0].windows = 0;
  perturbations->generators = std::make_shared<generator::GeneratorSet>(set);
  const auto user = random_user(5, 100);
  EXPECT_EQ(mix(perturbations, "plug", user).packets, user);
  EXPECT_FALSE(Mixer(IpetDefence({}), {perturbations, nullptr, 20}, {"plug", 0}, {}).covers());
}

TEST(MixingUserPackets, are_counted_per_direction_with_their_protocols_headers) {
  const std::vector<DevicePacket> user = {{0, 10, Direction::out, Protocol::tcp, false},
                                          {5, 20, Direction::in, Protocol::tcp, false},
                                          {5, 0, Direction::in, Protocol::udp, false}};
  const MixSummary summary = mix(fixed("plug", {}), "plug", user).summary;
  EXPECT_EQ(summary.first, 0);
  EXPECT_EQ(summary.last, 5);
  EXPECT_EQ(summary.user[0].packets, 1U);
  EXPECT_EQ(summary.user[0].payload_bytes, 10U);
  EXPECT_EQ(summary.user[0].wire_bytes, 64U);  // 10 + 54
  EXPECT_EQ(summary.user[1].packets, 2U);
  EXPECT_EQ(summary.user[1].payload_bytes, 20U);
  EXPECT_EQ(summary.user[1].wire_bytes, 116U);  // 20 + 54 + 0 + 42
}

}  // namespace
}  // namespace ipet::defence::test
