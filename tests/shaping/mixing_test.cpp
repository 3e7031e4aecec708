// The mixer under defences that delay, and under those that know no device by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/defence/mixer.hpp"
#include "stages/padding/ilp.hpp"
#include "stages/padding/netflow.hpp"
#include "tests/shaping/shaping.hpp"

namespace ipet::defence::test {
namespace {

struct IlpDefence final : Defence {
  [[nodiscard]] bool delays() const override { return true; }
  [[nodiscard]] std::unique_ptr<Shaper> shaper(const Resources&, const Line&) const override {
    return std::make_unique<Ilp>(IlpOptions{});
  }
};
struct NetflowDefence final : Defence {
  [[nodiscard]] std::unique_ptr<CoverSchedule> schedule(const Resources& resources,
                                                        const Line& line) const override {
    return std::make_unique<Netflow>(NetflowOptions{}, line.key(resources, "netflow"));
  }
};

struct Mixed {
  std::vector<DevicePacket> packets;
  MixSummary summary;
};
Mixed mix(const Defence& defence, const std::vector<DevicePacket>& user, const MixerOptions& options = {},
          std::size_t message = 1000) {
  Mixer mixer(defence, Resources(20), {"plug", 3}, options);
  Mixed mixed;
  const Mixer::Output take = [&](std::vector<DevicePacket>&& batch) {
    mixed.packets.insert(mixed.packets.end(), batch.begin(), batch.end());
  };
  for (std::size_t i = 0; i < user.size(); i += message)
    mixer.mix(std::span(user).subspan(i, std::min(message, user.size() - i)), take);
  mixer.finish(take);
  mixed.summary = mixer.summary();
  return mixed;
}

TEST(MixerWithAShaper, reports_what_came_what_left_and_how_late) {
  // 1,000 bytes at 0.05 s leave in two cells, at 0.1 and 0.2 s; 100 bytes at 0.25 s at 0.3 s.
  const auto mixed = mix(IlpDefence(), {packet(0.05, 1'000), packet(0.25, 100, Direction::in)});
  ASSERT_EQ(mixed.packets.size(), 6U);
  EXPECT_EQ(mixed.packets[0], (DevicePacket{at(0.1), 536, Direction::out, Protocol::udp, false}));
  EXPECT_EQ(mixed.packets[1], (DevicePacket{at(0.1), 536, Direction::in, Protocol::udp, true}));
  const MixSummary& summary = mixed.summary;
  EXPECT_TRUE(summary.delayed);
  EXPECT_EQ(summary.user[0].payload_bytes, 1'000U);
  EXPECT_EQ(summary.user[0].wire_bytes, 1'054U);
  EXPECT_EQ(summary.sent[0].payload_bytes, 3 * 536U);
  EXPECT_EQ(summary.sent[1].wire_bytes, 3 * (536U + 42));
  EXPECT_EQ(summary.dummy[0].packets, 1U);
  EXPECT_EQ(summary.dummy[1].packets, 2U);
  EXPECT_EQ(summary.delays.count(), 2U);
  EXPECT_DOUBLE_EQ(summary.delays.maximum(), 0.15);
  EXPECT_EQ(summary.unsent_bytes, 0U);
}

TEST(MixerWithAShaper, stops_waiting_for_what_does_not_leave_in_time) {
  MixerOptions options;
  options.drain = std::chrono::seconds(1);
  const auto mixed = mix(IlpDefence(), {packet(0.05, 100'000)}, options);
  EXPECT_EQ(mixed.packets.back().time, at(1.0));
  EXPECT_EQ(mixed.summary.unsent_bytes, 100'000U - 10 * 536);
  EXPECT_EQ(mixed.summary.delays.count(), 0U);
}

TEST(MixerWithAShaper, gives_the_same_however_the_input_is_cut) {
  std::vector<DevicePacket> user;
  for (int i = 0; i < 300; ++i)
    user.push_back(packet(0.37 * i, 700, i % 2 == 0 ? Direction::in : Direction::out));
  const auto whole = mix(IlpDefence(), user), cut = mix(IlpDefence(), user, {}, 7);
  EXPECT_EQ(whole.packets, cut.packets);
  EXPECT_EQ(whole.summary.delays, cut.summary.delays);
}

TEST(MixerWithAShaper, rests_in_a_gap_that_is_too_long) {
  MixerOptions options;
  options.longest_gap = std::chrono::seconds(10);
  const auto mixed = mix(IlpDefence(), {packet(0.05, 1), packet(1'000'000, 1)}, options);
  EXPECT_EQ(mixed.summary.skipped, at(1'000'000 - 0.05 - 10));
  EXPECT_EQ(mixed.summary.sent[0].packets, 100U + 1);
}

TEST(MixerWithAScheduleForAnyDevice, leaves_user_packets_as_they_are) {
  std::vector<DevicePacket> user;
  for (int i = 0; i < 300; ++i) user.push_back(packet(3.3 * i, 700));
  const auto mixed = mix(NetflowDefence(), user);
  std::vector<DevicePacket> kept;
  for (const DevicePacket& each : mixed.packets)
    if (!each.dummy) kept.push_back(each);
  EXPECT_EQ(kept, user);
  EXPECT_GT(mixed.packets.size(), user.size());
  EXPECT_FALSE(mixed.summary.delayed);
  EXPECT_EQ(mixed.summary.sent[0].packets, 300 + mixed.summary.dummy[0].packets);
}

}  // namespace
}  // namespace ipet::defence::test
