// What an eavesdropper sees of lines that pass a defence.
#include "stages/comparison/observation.hpp"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

struct Home {
  Home() {
    LineOptions options;
    options.split = fingerprint::SplitMode::day;
    lines = watch_lines(home({{"cam", 10, 100}, {"plug", 60, 50}}, 4), options);
  }
  std::vector<Realisation> takes(Role role, std::uint64_t seed) const {
    std::vector<Realisation> result;
    for (const std::size_t i : lines.with(role))
      result.push_back({&lines.lines[i], static_cast<std::uint32_t>(result.size()), seed});
    return result;
  }
  Lines lines;
  CountView view;
  fingerprint::Observer observer;
};

TEST(Observation, without_a_defence_is_of_the_packets_themselves) {
  const Home at;
  const Lens lens{&at.view, 0};
  fingerprint::Observer observer;
  const auto seen = observe(at.takes(Role::test, 1), {&lens, 1}, {}, observer);
  // Two days, of each two lines of two hours in bins of five minutes.
  ASSERT_EQ(seen.rows[0].size(), 2 * 2 * 24U);
  EXPECT_EQ(seen.rows[0].row(0)[0], 30);  // cam: every 10 s
  EXPECT_EQ(seen.rows[0].row(0)[1], 3000);
  EXPECT_EQ(seen.rows[0].row(24)[0], 5);  // plug: every 60 s
  EXPECT_EQ(seen.rows[0].row(24)[1], 250);
  EXPECT_EQ(seen.rows[0].label[24], 1);
}

TEST(Observation, in_a_wireguard_tunnel_is_of_its_datagrams) {
  const Home at;
  const Lens lens{&at.view, 0};
  fingerprint::Observer observer;
  ObservationOptions options;
  options.tunnel.kind = wireguard::Tunnel::wireguard;
  const auto seen = observe(at.takes(Role::test, 1), {&lens, 1}, options, observer);
  ASSERT_EQ(seen.rows[0].size(), 2 * 2 * 24U);
  // cam: 30 times data (140 bytes, padded to 144) and its acknowledgement (40, 48), each with 32 bytes more;
  // keys are made with the first packet, and anew by those at 130 s, 260 s, 390 s and 520 s (confirmed by an
  // empty packet).
  EXPECT_EQ(seen.rows[0].row(0)[0], 60 + 2 + 2 * 3);
  EXPECT_EQ(seen.rows[0].row(0)[1], 30 * (176 + 80) + 148 + 92 + 2 * (148 + 92 + 32));
  EXPECT_EQ(seen.rows[0].row(1)[0], 60 + 2 * 3);
  EXPECT_EQ(seen.rows[0].row(1)[1], 30 * (176 + 80) + 2 * (148 + 92 + 32));
}

TEST(Observation, of_a_defended_line_never_tells_dummies_and_an_oracle_removes_exactly_them) {
  const Home at;
  const RandomDummies dummies(0.5);
  const Lens lens{&at.view, 0};
  fingerprint::Observer observer;
  ObservationOptions options;
  const auto clean = observe(at.takes(Role::test, 1), {&lens, 1}, options, observer);
  options.defence = &dummies;
  const auto defended = observe(at.takes(Role::test, 1), {&lens, 1}, options, observer);
  EXPECT_NE(defended.rows[0].values, clean.rows[0].values);
  options.remove_dummies = true;
  EXPECT_EQ(observe(at.takes(Role::test, 1), {&lens, 1}, options, observer).rows[0].values,
            clean.rows[0].values);
}

TEST(Observation, differs_by_the_seed_of_a_take_and_not_by_threads) {
  const Home at;
  const RandomDummies dummies(0.5);
  const Lens lens{&at.view, 7};
  fingerprint::Observer observer;
  ObservationOptions options;
  options.defence = &dummies;
  const auto first = observe(at.takes(Role::test, 1), {&lens, 1}, options, observer);
  EXPECT_NE(observe(at.takes(Role::test, 2), {&lens, 1}, options, observer).rows[0].values,
            first.rows[0].values);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(observe(at.takes(Role::test, 1), {&lens, 1}, options, observer).rows[0].values,
            first.rows[0].values);
}

TEST(Observation, keeps_a_random_choice_of_rows_in_time_order) {
  const Home at;
  const Lens lens{&at.view, 6};
  fingerprint::Observer observer;
  const auto seen = observe(at.takes(Role::test, 1), {&lens, 1}, {}, observer);
  ASSERT_EQ(seen.rows[0].size(), 2 * 2 * 6U);
  EXPECT_TRUE(std::is_sorted(seen.rows[0].start.begin(), seen.rows[0].start.begin() + 6));
  // Not simply the first ones.
  EXPECT_GT(seen.rows[0].start[5] - seen.rows[0].start[0], 6 * CountView::bin);
}

TEST(Observation, gives_excerpts_with_flags_spread_over_the_line) {
  const Home at;
  const RandomDummies dummies(2);
  fingerprint::Observer observer;
  ObservationOptions options;
  options.defence = &dummies;
  options.excerpt_packets = 2048;
  const auto seen = observe(at.takes(Role::training, 1), {}, options, observer);
  ASSERT_EQ(seen.excerpts.size(), at.lines.with(Role::training).size());
  const auto& packets = seen.excerpts[0].packets;
  EXPECT_LE(packets.size(), 2048U + 512U);
  EXPECT_GT(packets.size(), 1000U);
  EXPECT_TRUE(std::ranges::any_of(packets, [](const DevicePacket& p) { return p.dummy; }));
  EXPECT_TRUE(std::ranges::any_of(packets, [](const DevicePacket& p) { return !p.dummy; }));
  EXPECT_GT(packets.back().time - packets.front().time, hour);  // of two
}

}  // namespace
}  // namespace ipet::comparison
