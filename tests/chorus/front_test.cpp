#include "stages/padding/front.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

std::shared_ptr<const SizeHistory> no_history() {
  return std::make_shared<const SizeHistory>();
}

Packets take(Front& front, Nanoseconds until = std::numeric_limits<Nanoseconds>::max()) {
  Packets dummies;
  for (DevicePacket dummy; front.next(until, dummy);) dummies.push_back(dummy);
  return dummies;
}

TEST(Front, sends_nothing_before_a_session) {
  Front front({}, no_history(), StreamKey(1));
  front.begin(at(0));
  EXPECT_TRUE(take(front).empty());
}

TEST(Front, draws_from_one_to_one_less_than_most_dummies_each_way) {
  FrontOptions options;
  options.most = 5;
  Front front(options, no_history(), StreamKey(2));
  std::map<Direction, std::set<std::size_t>> counts;
  for (int session = 0; session < 200; ++session) {
    front.user_packet(packet(1'000.0 * session, 1));
    std::map<Direction, std::size_t> of;
    for (const DevicePacket& dummy : take(front)) ++of[dummy.direction];
    for (const Direction direction : {Direction::out, Direction::in}) counts[direction].insert(of[direction]);
  }
  EXPECT_THAT(counts[Direction::out], testing::ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(counts[Direction::in], testing::ElementsAre(1, 2, 3, 4));
}

TEST(Front, spreads_dummies_as_rayleigh_does) {
  const std::uint64_t seed = 3;
  FrontOptions options;
  options.narrowest = options.widest = std::chrono::seconds(4);
  Front front(options, no_history(), StreamKey(seed));
  double sum = 0, squares = 0, count = 0;
  for (int session = 0; session < 400; ++session) {
    front.user_packet(packet(1'000.0 * session, 1));
    for (const DevicePacket& dummy : take(front)) {
      const double after = seconds_of(dummy.time) - 1'000.0 * session;
      sum += after;
      squares += after * after;
      ++count;
    }
  }
  // Mean w sqrt(pi / 2), mean square 2 w^2.
  EXPECT_NEAR(sum / count, 4 * std::sqrt(1.5707963), 0.1) << "seed " << seed;
  EXPECT_NEAR(squares / count, 32, 1.5) << "seed " << seed;
}

TEST(Front, begins_a_session_after_idle_time_only) {
  Front front({}, no_history(), StreamKey(4));
  front.user_packet(packet(0, 1));
  const std::size_t first = take(front).size();
  for (int i = 1; i < 20; ++i) front.user_packet(packet(4.9 * i, 1));
  EXPECT_GT(first, 0U);
  EXPECT_TRUE(take(front).empty());
  front.user_packet(packet(4.9 * 19 + 5, 1));
  EXPECT_FALSE(take(front).empty());
}

TEST(Front, still_sends_what_is_due_of_a_session_when_the_next_one_has_begun) {
  Front both({}, no_history(), StreamKey(5)), first({}, no_history(), StreamKey(5));
  first.user_packet(packet(0, 1));
  const Packets alone = take(first);
  both.user_packet(packet(0, 1));
  Packets sent = take(both, at(5));
  both.user_packet(packet(5, 1));
  const Packets later = take(both);
  sent.insert(sent.end(), later.begin(), later.end());
  for (const DevicePacket& dummy : alone) EXPECT_THAT(sent, testing::Contains(dummy));
  EXPECT_GT(sent.size(), alone.size());
  EXPECT_TRUE(std::ranges::is_sorted(sent, {}, &DevicePacket::time));
  EXPECT_LE(alone.back().time, at(0) + both.tail());
}

TEST(Front, takes_sizes_from_days_before_the_session) {
  const Pool pool(home({{"bulb", {packet(1, 10, 0), packet(1, 20, 1), packet(1, 30, 1, Direction::in)}},
                        {"lock", {packet(2, 11, 0)}}}),
                  0);
  const auto history = std::make_shared<const SizeHistory>(pool);
  auto sizes = [&](std::int64_t day, Direction direction) {
    Front front({}, history, StreamKey(6));
    std::set<std::uint32_t> sizes;
    for (int session = 0; session < 50; ++session) front.user_packet(packet(100.0 * session, 1, day));
    for (const DevicePacket& dummy : take(front))
      if (dummy.direction == direction) sizes.insert(dummy.size);
    return sizes;
  };
  EXPECT_THAT(sizes(0, Direction::out), testing::ElementsAre(100));
  EXPECT_THAT(sizes(1, Direction::out), testing::ElementsAre(10, 11));
  EXPECT_THAT(sizes(1, Direction::in), testing::ElementsAre(100));
  EXPECT_THAT(sizes(2, Direction::out), testing::ElementsAre(10, 11, 20));
  EXPECT_THAT(sizes(2, Direction::in), testing::ElementsAre(30));
}

}  // namespace
}  // namespace ipet::defence::test
