// What comes out depends on seed, device, capture, day and window only.
#include <set>

#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

DevicePacket at(Nanoseconds time) {
  return {time, 100, Direction::out, Protocol::tcp, false};
}

/// Time after the first packet, size, direction of each dummy.
std::vector<DevicePacket> sequence(const std::shared_ptr<Perturbations>& perturbations, Nanoseconds begin,
                                   std::uint32_t capture = 0, const std::string& device = "plug",
                                   double day_offset_hours = 0) {
  MixOptions options;
  options.day_offset_hours = day_offset_hours;
  auto dummies =
      mix(perturbations, device, {at(begin), at(begin + 60 * traffic::second)}, 0, options, capture)
          .only(true);
  for (DevicePacket& dummy : dummies) dummy.time -= begin;
  return dummies;
}

TEST(MixingDeterminism, does_not_depend_on_how_the_input_is_cut_into_messages) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto user = random_user(seed, 200);
    const auto perturbations = varied({"plug"}, 4, 100, seed);
    const Mixed whole = mix(perturbations, "plug", user);
    for (const std::size_t message : {1, 2, 7, 64}) {
      const Mixed cut = mix(perturbations, "plug", user, message);
      EXPECT_EQ(cut.packets, whole.packets) << "messages of " << message;
      EXPECT_EQ(cut.summary.dummy[0].wire_bytes, whole.summary.dummy[0].wire_bytes);
    }
  }
}

TEST(MixingDeterminism, hands_hours_of_cover_on_in_batches_of_bounded_size) {
  MixOptions options;
  options.batch = 1000;
  const Mixed mixed =
      mix(fixed("plug", {4, 100, 4, 100}), "plug", {at(0), at(7200 * traffic::second)}, 0, options);
  ASSERT_GT(mixed.batches.size(), 100U);
  for (std::size_t i = 0; i + 1 < mixed.batches.size(); ++i) EXPECT_EQ(mixed.batches[i], 1000U);
  EXPECT_LE(mixed.batches.back(), 1000U);
}

TEST(MixingDeterminism, gives_the_same_again_with_the_same_seed_and_another_with_another) {
  const Nanoseconds noon = traffic::day / 2;
  EXPECT_EQ(sequence(fixed("plug", {4, 100, 4, 100}, 20), noon),
            sequence(fixed("plug", {4, 100, 4, 100}, 20), noon));
  EXPECT_NE(sequence(fixed("plug", {4, 100, 4, 100}, 20), noon),
            sequence(fixed("plug", {4, 100, 4, 100}, 21), noon));
}

TEST(MixingDeterminism, repeats_no_sequence_on_another_day_or_in_another_capture_or_for_another_device) {
  const auto perturbations = varied({"plug", "lamp"}, 4, 100, 9);
  const Nanoseconds noon = traffic::day / 2;
  const auto first = sequence(perturbations, noon);
  EXPECT_NE(first, sequence(perturbations, noon + traffic::day));
  EXPECT_NE(first, sequence(perturbations, noon, 1));
  EXPECT_NE(first, sequence(perturbations, noon, 0, "lamp"));
}

TEST(MixingDeterminism, begins_a_day_where_the_offset_says) {
  const auto perturbations = varied({"plug"}, 4, 100, 9);
  // 02:00 of day 1 belongs to day 0 when days begin at 03:00.
  const Nanoseconds two = traffic::day + 2 * 3600 * traffic::second;
  EXPECT_EQ(sequence(perturbations, two, 0, "plug", 3), sequence(perturbations, traffic::day / 2));
  EXPECT_NE(sequence(perturbations, two, 0, "plug", 1), sequence(perturbations, traffic::day / 2));
}

TEST(MixingDeterminism, plays_another_vector_in_every_window_of_a_day) {
  const auto perturbations = varied({"plug"}, 4, 100, 9);
  std::set<std::vector<std::uint16_t>> vectors;
  for (std::int64_t day = -1; day < 3; ++day) {
    for (std::uint64_t window = 0; window < 100; ++window) {
      std::vector<std::uint16_t> rows(160);
      perturbations->for_window(0, 0, day, window, rows);
      vectors.insert(rows);
    }
  }
  EXPECT_EQ(vectors.size(), 400U);
}

}  // namespace
}  // namespace ipet::defence::test
