#include "stages/defence/delays.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "tests/shaping/shaping.hpp"

namespace ipet::defence::test {
namespace {

TEST(DelayHistogram, gives_quantiles_to_two_percent_of_the_sorted_delays) {
  const std::uint64_t seed = 20;
  traffic::Random random(seed);
  DelayHistogram histogram;
  std::vector<Nanoseconds> delays;
  for (int i = 0; i < 10'001; ++i) {
    delays.push_back(at(std::exp(random.uniform(std::log(1e-3), std::log(100)))));
    histogram.add(delays.back());
  }
  std::ranges::sort(delays);
  for (const double share : {0.5, 0.95, 0.99}) {
    const auto exact =
        static_cast<double>(delays[static_cast<std::size_t>(std::ceil(share * 10'001)) - 1]) / 1e9;
    EXPECT_GE(histogram.quantile(share), exact) << "seed " << seed;
    EXPECT_LE(histogram.quantile(share), exact * 1.017) << "seed " << seed;
  }
  EXPECT_EQ(histogram.maximum(), static_cast<double>(delays.back()) / 1e9);
  EXPECT_EQ(histogram.quantile(1), histogram.maximum());
}

TEST(DelayHistogram, of_parts_is_that_of_the_whole) {
  DelayHistogram whole, left, right;
  for (int i = 0; i < 100; ++i) {
    whole.add(at(0.01 * i));
    (i % 3 == 0 ? left : right).add(at(0.01 * i));
  }
  DelayHistogram merged;
  merged.add(left);
  merged.add(right);
  merged.add(DelayHistogram());
  EXPECT_EQ(merged, whole);
}

TEST(DelayHistogram, without_packets_says_zero) {
  EXPECT_EQ(DelayHistogram().quantile(0.99), 0);
}

TEST(DelayQueue, counts_a_packet_when_its_last_byte_leaves) {
  DelayQueue queue;
  DelayHistogram delays;
  queue.arrive(at(1), 100);
  queue.arrive(at(2), 50);
  queue.leave(at(3), 99, delays);
  EXPECT_EQ(delays.count(), 0U);
  queue.leave(at(4), 2, delays);
  EXPECT_EQ(delays.count(), 1U);
  EXPECT_EQ(delays.maximum(), 3);
  queue.leave(at(9), 49, delays);
  EXPECT_EQ(delays.count(), 2U);
  EXPECT_EQ(delays.maximum(), 7);
}

}  // namespace
}  // namespace ipet::defence::test
