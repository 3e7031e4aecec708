// The order of an epoch: a permutation that depends on the sizes and the seed, through a bounded buffer.
#include "stages/fingerprint/epoch_order.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipet::fingerprint {
namespace {

const traffic::StreamKey key(1);

std::vector<std::uint32_t> order_of(EpochOrder order, std::size_t size) {
  std::vector<std::uint32_t> windows;
  for (std::size_t i = 0; i < size; ++i) windows.push_back(order.next().window);
  return windows;
}

std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> windows) {
  std::sort(windows.begin(), windows.end());
  return windows;
}

std::vector<std::uint32_t> all(std::size_t size) {
  std::vector<std::uint32_t> windows(size);
  std::iota(windows.begin(), windows.end(), 0U);
  return windows;
}

/// Fisher and Yates, as every epoch was shuffled before there was a buffer.
std::vector<std::uint32_t> shuffled(std::size_t size) {
  traffic::Random random(key);
  std::vector<std::uint32_t> windows = all(size);
  for (std::size_t i = size; i > 1; --i) std::swap(windows[i - 1], windows[random.below(i)]);
  return windows;
}

TEST(EpochOrder, ShufflesASetThatFitsTheBufferAsAWhole) {
  for (const std::size_t size : {0U, 1U, 2U, 999U, 1000U}) {
    EXPECT_EQ(order_of(EpochOrder(size, 1000, key), size), shuffled(size));
    EXPECT_EQ(order_of(EpochOrder(size, EpochOrder::whole, key), size), shuffled(size));
  }
}

struct Sizes {
  std::size_t windows, buffer, block;
};

class LargerThanTheBuffer : public testing::TestWithParam<Sizes> {};
INSTANTIATE_TEST_SUITE_P(Sizes, LargerThanTheBuffer,
                         testing::Values(Sizes{1000, 100, 10},  // whole blocks
                                         Sizes{1003, 100, 10},  // a last block of 3
                                         Sizes{1001, 100, 10},  // and of 1
                                         Sizes{1000, 95, 10},   // the buffer ends within a block
                                         Sizes{101, 100, 10},   // all but one fit
                                         Sizes{50, 7, 64},      // a block is larger than the set
                                         Sizes{50, 1, 8}),      // a buffer of one: blocks alone are shuffled
                         [](const auto& info) {
                           return std::to_string(info.param.windows) + "_" +
                                  std::to_string(info.param.buffer) + "_" + std::to_string(info.param.block);
                         });

TEST_P(LargerThanTheBuffer, GivesEveryWindowOnce) {
  const auto [windows, buffer, block] = GetParam();
  EXPECT_EQ(sorted(order_of(EpochOrder(windows, buffer, block, key), windows)), all(windows));
}

TEST_P(LargerThanTheBuffer, TakesWindowsOutOfPlacesThatTheBlocksFilled) {
  const auto [windows, buffer, block] = GetParam();
  EpochOrder order(windows, buffer, block, key);
  std::vector<std::uint32_t> entering;
  for (const Block& each : order.blocks()) {
    EXPECT_LE(each.count, block);
    for (std::size_t i = 0; i < each.count; ++i)
      entering.push_back(static_cast<std::uint32_t>(each.first + i));
  }
  ASSERT_EQ(sorted(entering), all(windows));
  ASSERT_EQ(order.buffer_windows(), buffer);
  std::vector<std::uint32_t> places(entering.begin(), entering.begin() + static_cast<std::ptrdiff_t>(buffer));
  std::size_t entered = buffer;
  for (std::size_t i = 0; i < windows; ++i) {
    const EpochOrder::Pick pick = order.next();
    ASSERT_EQ(places.at(pick.place), pick.window) << "step " << i;
    if (entered < windows) places[pick.place] = entering[entered++];
  }
}

TEST(EpochOrder, DrawsFromBlocksInAnOrderOfTheirOwn) {
  const EpochOrder order(1000, 100, 10, key);
  std::vector<std::size_t> firsts;
  for (const Block& block : order.blocks()) firsts.push_back(block.first);
  EXPECT_FALSE(std::is_sorted(firsts.begin(), firsts.end()));
}

TEST(EpochOrder, DiffersWithTheKeyAndRepeatsWithIt) {
  const auto with = [](std::uint64_t seed) {
    return order_of(EpochOrder(1000, 100, 10, traffic::StreamKey(seed)), 1000);
  };
  EXPECT_EQ(with(1), with(1));
  EXPECT_NE(with(1), with(2));
}

/// Neighbours in the data set are of one device; they must not follow each other in an epoch.
TEST(EpochOrder, BreaksNeighboursUp) {
  constexpr std::size_t size = 20'000;
  const std::vector<std::uint32_t> order = order_of(EpochOrder(size, 2'000, 50, key), size);
  std::size_t neighbours = 0;
  for (std::size_t i = 1; i < size; ++i) neighbours += order[i] == order[i - 1] + 1 ? 1 : 0;
  EXPECT_LT(neighbours, 40U);
  // Forty blocks are in the buffer at a time: a step of 100 windows sees at least twenty.
  std::set<std::uint32_t> blocks;
  for (std::size_t i = 10'000; i < 10'100; ++i) blocks.insert(order[i] / 50);
  EXPECT_GT(blocks.size(), 20U);
}

TEST(EpochOrder, CutsBlocksOfASixtyFourthOfTheBufferWithinBounds) {
  EXPECT_EQ(EpochOrder::block_windows(262'144), 4096U);
  EXPECT_EQ(EpochOrder::block_windows(64'000), 1000U);
  EXPECT_EQ(EpochOrder::block_windows(1), 256U);
  EXPECT_EQ(EpochOrder::block_windows(EpochOrder::whole), 4096U);
}

}  // namespace
}  // namespace ipet::fingerprint
