// Bursts that are like those that were recorded, and new.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/device_model/models.hpp"

namespace ipet::device_model::test {
namespace {

std::vector<std::uint32_t> sizes_of(const Packets& packets) {
  std::vector<std::uint32_t> sizes;
  for (const DevicePacket& each : packets) sizes.push_back(each.size);
  return sizes;
}

/// Five bursts of eight packets; the seventh is seen once each, in steps of 16.
DeviceModel cameras_clips() {
  return model_of({burst(0, {46, 86, 1'413, 1'413, 1'413, 1'413, 261, 69}),
                   burst(900, {46, 86, 1'413, 1'413, 1'413, 1'413, 565, 69}),
                   burst(1'800, {46, 86, 1'413, 1'413, 1'413, 1'413, 965, 69}),
                   burst(2'700, {46, 86, 1'413, 1'413, 1'413, 1'413, 1'205, 69}),
                   burst(3'600, {46, 86, 1'413, 1'413, 1'413, 1'413, 181, 69})});
}

TEST(Novelty, is_the_share_of_sizes_seen_once_in_large_bursts) {
  const DeviceModel clips = cameras_clips();
  EXPECT_DOUBLE_EQ(BurstPlayer(clips).novelty(), 5.0 / 40);
  DeviceModel with_small = clips;
  with_small.bursts.push_back(burst(5'000, {7, 8, 9, 10, 11, 12, 13}));  // seven packets are none
  EXPECT_DOUBLE_EQ(BurstPlayer(with_small).novelty(), 5.0 / 40);
  EXPECT_EQ(BurstPlayer(model_of({})).novelty(), 0);
}

TEST(Novelty, comes_where_it_came_and_as_often_in_sizes_that_were_never_sent) {
  const DeviceModel model = cameras_clips();
  const BurstPlayer player(model);
  Random random(2);
  std::size_t packets = 0, new_ones = 0;
  const std::set<std::uint32_t> sent = {46, 86, 1'413, 261, 565, 965, 1'205, 181, 69};
  for (int i = 0; i < 5'000; ++i)
    for (const std::uint32_t size : sizes_of(player.play(random.below(5), 0, random))) {
      ++packets;
      if (sent.contains(size)) continue;
      ++new_ones;
      // Between the smallest and the largest rare one, in their steps.
      ASSERT_GT(size, 181U);
      ASSERT_LT(size, 1'205U);
      ASSERT_EQ((size - 181) % 16, 0U) << size;
    }
  // One of eight; bursts differ in length by two places at most, and come to 40,000 packets.
  EXPECT_NEAR(static_cast<double>(new_ones) / static_cast<double>(packets), 5.0 / 40, 0.01);
}

TEST(Novelty, needs_three_rare_sizes_in_a_place_to_know_what_may_stand_there) {
  const DeviceModel model =
      model_of({burst(0, {1, 2, 3, 4, 5, 6, 7, 300}), burst(900, {1, 2, 3, 4, 5, 6, 7, 340})});
  const BurstPlayer player(model);
  Random random(3);
  for (int i = 0; i < 100; ++i)
    EXPECT_THAT(sizes_of(player.play(0, 0, random)), testing::Contains(testing::AnyOf(300U, 340U)));
}

TEST(PlayedBursts, that_are_small_have_the_sizes_that_were_recorded_and_about_their_times) {
  const DeviceModel model = model_of({burst(0, {31, 0, 44})});
  Random random(4);
  std::set<Nanoseconds> ends;
  for (int i = 0; i < 200; ++i) {
    const Packets played = BurstPlayer(model).play(0, at(5), random);
    EXPECT_THAT(sizes_of(played), testing::ElementsAre(31, 0, 44));
    EXPECT_EQ(played[0].time, at(5));
    EXPECT_TRUE(played[0].dummy);
    // 20 ms, and 0.2 % of that all at once: five deviations.
    EXPECT_NEAR(static_cast<double>(played[2].time - at(5)), 20e6, 5 * 0.0025 * 20e6);
    ends.insert(played[2].time);
  }
  EXPECT_GT(ends.size(), 190U);
}

TEST(PlayedBursts, that_are_large_have_lengths_and_orders_that_were_never_recorded) {
  std::vector<Burst> bursts;
  Random random(5);
  for (int i = 0; i < 10; ++i) {
    bursts.push_back(burst(900 * i, {46, 86}));
    for (std::uint64_t left = 40 + random.below(20); left > 0; --left)
      bursts.back().packets.push_back({1'000'000, 1'413, Direction::out, Protocol::tcp});
  }
  const DeviceModel model = model_of(std::move(bursts));
  std::set<std::size_t> recorded, played;
  double mean = 0, mean_played = 0;
  for (const Burst& each : model.bursts) {
    recorded.insert(each.packets.size());
    mean += static_cast<double>(each.packets.size()) / 10;
  }
  const BurstPlayer player(model);
  for (int i = 0; i < 1'000; ++i) {
    const std::size_t length = player.play(random.below(10), 0, random).size();
    played.insert(length);
    mean_played += static_cast<double>(length) / 1'000;
  }
  EXPECT_GT(played.size(), recorded.size() + 5);
  EXPECT_NEAR(mean_played, mean, 2);
}

}  // namespace
}  // namespace ipet::device_model::test
