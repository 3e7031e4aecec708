// What imitations owe, on a device whose law is known.
#include <map>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gan/toy.hpp"

namespace ipet::gan::test {
namespace {

class Imitations : public testing::Test {
 protected:
  static constexpr std::uint64_t seed = 20;
  static void SetUpTestSuite() {
    pool_ = new defence::Pool(toy_pool(seed));
    imitator_ = new GanImitator(quick());
  }
  static void TearDownTestSuite() {
    delete imitator_;
    delete pool_;
  }
  static defence::Pool* pool_;
  static GanImitator* imitator_;
};
defence::Pool* Imitations::pool_ = nullptr;
GanImitator* Imitations::imitator_ = nullptr;

TEST_F(Imitations, have_the_rates_and_the_rhythm_of_the_device) {
  RecordProperty("seed", std::to_string(seed));
  const auto packets = imitate(*imitator_, *pool_, 0, 1);
  // 12 hours of a packet each way per minute.
  ASSERT_NEAR(static_cast<double>(packets.size()), 2 * 720, 0.2 * 2 * 720);
  std::size_t answers = 0, minutes = 0;
  for (std::size_t i = 1; i < packets.size(); ++i) {
    ASSERT_GE(packets[i].time, packets[i - 1].time);
    const double gap = static_cast<double>(packets[i].time - packets[i - 1].time) / 1e9;
    answers += packets[i].direction == Direction::in && gap >= 0.03 && gap <= 0.07 ? 1 : 0;
    minutes += packets[i].direction == Direction::out && gap >= 59.5 && gap <= 60.5 ? 1 : 0;
  }
  EXPECT_GT(static_cast<double>(answers), 0.9 * 720);
  EXPECT_GT(static_cast<double>(minutes), 0.9 * 720);
  for (const DevicePacket& packet : packets) {
    ASSERT_TRUE(packet.dummy);
    ASSERT_EQ(packet.size, packet.direction == Direction::out ? 100U : 300U);
    ASSERT_EQ(packet.protocol, Protocol::tcp);
  }
}

/// Of stretches of eight packets: mean and deviation of logarithms of gaps below and above a second.
std::vector<std::array<double, 2>> stretches(const std::vector<DevicePacket>& packets) {
  std::vector<std::array<double, 2>> found;
  for (std::size_t i = 1; i + 8 < packets.size() && found.size() < 100; i += 8) {
    std::array<double, 2> sums{};
    for (std::size_t k = i; k < i + 8; ++k) {
      const double gap = static_cast<double>(packets[k].time - packets[k - 1].time) / 1e9;
      sums[gap < 1 ? 0 : 1] += gap < 1 ? gap / 0.0058 : gap / 0.115;  // over their deviations
    }
    found.push_back(sums);
  }
  return found;
}

TEST_F(Imitations, are_hard_to_tell_from_another_day_of_the_device) {
  // Schilling's test (1986): how often a stretch's nearest neighbour is of its own sort; 0.5 for equal laws.
  const auto real = stretches(toy_day(first_day + 9, seed, 43'200));
  const auto imitated = stretches(imitate(*imitator_, *pool_, 0, 2));
  ASSERT_EQ(real.size(), imitated.size());
  std::vector<std::pair<std::array<double, 2>, bool>> all;
  for (const auto& each : real) all.emplace_back(each, true);
  for (const auto& each : imitated) all.emplace_back(each, false);
  std::size_t same = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    double least = 1e300;
    bool nearest = false;
    for (std::size_t k = 0; k < all.size(); ++k) {
      const double away = std::hypot(all[i].first[0] - all[k].first[0], all[i].first[1] - all[k].first[1]);
      if (k == i || away >= least) continue;
      least = away;
      nearest = all[k].second;
    }
    same += nearest == all[i].second ? 1 : 0;
  }
  EXPECT_LT(static_cast<double>(same) / static_cast<double>(all.size()), 0.65) << "seed " << seed;
}

TEST_F(Imitations, repeat_no_six_packets_of_the_pool_or_of_each_other) {
  const auto runs = [](const std::vector<DevicePacket>& packets, Nanoseconds offset) {
    std::set<std::vector<std::int64_t>> found;
    for (std::size_t i = 1; i + 6 <= packets.size(); ++i) {
      std::vector<std::int64_t> run;
      for (std::size_t k = i; k < i + 6; ++k) {
        run.push_back(packets[k].size);
        run.push_back((packets[k].time - packets[k - 1].time + offset) / 1'000'000);  // ms
      }
      found.insert(run);
    }
    return found;
  };
  const auto one = imitate(*imitator_, *pool_, 0, 3), two = imitate(*imitator_, *pool_, 0, 4);
  for (const Nanoseconds offset : {0, 500'000}) {  // what is near must not fall apart at a border of bins
    const auto said = runs(one, offset);
    ASSERT_GT(said.size(), 1'000U);
    std::set<std::vector<std::int64_t>> known = runs(two, offset);
    for (std::size_t day = 0; day < 2; ++day) {
      const auto packets = pool_->packets(0, day);
      known.merge(runs({packets.begin(), packets.end()}, offset));
    }
    for (const auto& run : said) ASSERT_FALSE(known.contains(run)) << "seed " << seed;
  }
}

TEST_F(Imitations, follow_from_pool_and_key_alone_whoever_asks_first) {
  const auto expected = imitate(*imitator_, *pool_, 0, 5);
  const defence::Pool same = toy_pool(seed);
  const GanImitator fresh(quick());
  std::vector<DevicePacket> said[4];
  {
    std::vector<std::jthread> threads;
    for (std::vector<DevicePacket>& each : said)
      threads.emplace_back([&] { each = imitate(fresh, same, 0, 5); });
  }
  for (const auto& each : said) EXPECT_EQ(each, expected);
  EXPECT_NE(imitate(*imitator_, *pool_, 0, 6), expected);
}

TEST_F(Imitations, are_cut_at_their_begin_and_end_and_at_until) {
  const Nanoseconds begin = (first_day + 5) * traffic::day + 17 * second, end = begin + 3'600 * second;
  const auto voice = imitator_->imitate(*pool_, {0, {0, 1}, begin, end, traffic::StreamKey(7)});
  std::size_t count = 0;
  for (Nanoseconds until = begin; until < end + 600 * second; until += 13 * second)
    for (DevicePacket packet; voice->next(until, packet); ++count) {
      ASSERT_GE(packet.time, begin);
      ASSERT_LT(packet.time, std::min(until, end));
    }
  EXPECT_NEAR(static_cast<double>(count), 120, 24);
}

TEST_F(Imitations, come_of_models_that_are_kept_only_while_they_are_used) {
  Options options = quick();
  options.epochs = 1;
  options.stages = 0;
  const GanImitator imitator(options, 1);
  const auto first = imitator.model(*pool_, 2, {0});
  EXPECT_EQ(imitator.model(*pool_, 2, {0}), first);
  EXPECT_NE(imitator.model(*pool_, 0, {0}), nullptr);
  EXPECT_NE(imitator.model(*pool_, 2, {0}), first) << "a second one was kept beside it";
}

TEST_F(Imitations, of_a_device_without_packets_are_silence) {
  EXPECT_THAT(imitate(*imitator_, *pool_, 1, 1), testing::IsEmpty());
  EXPECT_EQ(imitator_->model(*pool_, 1, {0, 1}), nullptr);
  EXPECT_THAT(imitate(*imitator_, *pool_, 0, 1, 43'200, {}), testing::IsEmpty());
}

TEST_F(Imitations, of_a_device_with_three_packets_on_one_of_two_days_are_as_rare) {
  std::size_t silent = 0, packets = 0;
  for (std::uint64_t key = 0; key < 40; ++key) {
    const auto said = imitate(*imitator_, *pool_, 2, key, 86'000);
    silent += said.empty() ? 1 : 0;
    packets += said.size();
    for (const DevicePacket& packet : said) ASSERT_THAT(packet.size, testing::AnyOf(7U, 9U));
  }
  EXPECT_GE(silent, 10U);  // half of the days, 4 sigma
  EXPECT_LE(packets, 40U * 15);
  EXPECT_GE(packets, 10U);
}

}  // namespace
}  // namespace ipet::gan::test
