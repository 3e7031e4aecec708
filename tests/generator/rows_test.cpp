// The row rule, by hand (rows.hpp).
#include <gtest/gtest.h>

#include "stages/generator/perturbation_rows.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::generator {
namespace {

constexpr RowRule feasible{4, 100, true, 10}, unrestricted{4, 100, false, 10};

TEST(Rows, are_rounded_to_the_nearest_and_halves_to_the_even_number) {
  EXPECT_EQ(make_row(1.4F, 60.6F, unrestricted), (Row{1, 61}));
  EXPECT_EQ(make_row(0.5F, 1.5F, unrestricted), (Row{0, 2}));
  EXPECT_EQ(make_row(2.5F, 98.5F, unrestricted), (Row{2, 98}));
}

TEST(Rows, never_exceed_the_limits_nor_fall_below_zero) {
  EXPECT_EQ(make_row(4.4F, 100.4F, feasible), (Row{4, 100}));
  EXPECT_EQ(make_row(1e9F, 1e9F, feasible), (Row{4, 100}));
  EXPECT_EQ(make_row(-1.0F, -1e9F, unrestricted), (Row{0, 0}));
  EXPECT_EQ(make_row(std::nanf(""), 3.0F, unrestricted), (Row{0, 3}));
  EXPECT_EQ(whole_limit(4.9), 4);  // 4.9 allows 4 packets, although 4.9 rounds to 5
  EXPECT_EQ(whole_limit(1e6), 65535);
  EXPECT_EQ(whole_limit(-1), 0);
}

TEST(Rows, that_are_free_may_have_packets_without_bytes) {
  EXPECT_EQ(make_row(3, 0, unrestricted), (Row{3, 0}));
  EXPECT_EQ(make_row(0, 70, unrestricted), (Row{0, 70}));
}

TEST(Rows, that_are_feasible_have_packets_exactly_when_they_have_bytes) {
  EXPECT_EQ(make_row(3, 0.4F, feasible), (Row{0, 0}));
  EXPECT_EQ(make_row(0.4F, 70, feasible), (Row{0, 0}));
}

TEST(Rows, that_are_feasible_have_bytes_for_all_their_packets) {
  EXPECT_EQ(make_row(3, 12, feasible), (Row{3, 30}));
  EXPECT_EQ(make_row(3, 31, feasible), (Row{3, 31}));
}

TEST(Rows, give_packets_up_when_the_byte_limit_cannot_hold_them) {
  EXPECT_EQ(make_row(4, 100, RowRule{4, 100, true, 30}), (Row{3, 100}));  // 4 x 30 > 100, 100 / 30 = 3
  EXPECT_EQ(make_row(4, 20, RowRule{4, 100, true, 30}), (Row{3, 90}));
  EXPECT_EQ(make_row(4, 20, RowRule{4, 100, true, 101}), (Row{0, 0}));
}

TEST(Rows, are_feasible_and_within_limits_for_any_input) {
  constexpr std::uint64_t seed = 11;
  SCOPED_TRACE("seed " + std::to_string(seed));
  traffic::Random random(seed);
  for (int i = 0; i < 20000; ++i) {
    const RowRule rule{static_cast<std::uint16_t>(random.below(30)),
                       static_cast<std::uint16_t>(random.below(2000)), true,
                       static_cast<std::uint32_t>(random.below(300))};
    const Row row = make_row(static_cast<float>(random.uniform(-5, 40)),
                             static_cast<float>(random.uniform(-50, 3000)), rule);
    ASSERT_LE(row.packets, rule.packet_limit);
    ASSERT_LE(row.bytes, rule.byte_limit);
    ASSERT_EQ(row.packets == 0, row.bytes == 0);
    ASSERT_GE(row.bytes, row.packets * rule.minimum_size);
  }
}

}  // namespace
}  // namespace ipet::generator
