// Lines that are told apart by what happens on others of their home at the same time.
#include "stages/attack/coincidence_attacker.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"
#include "tests/attack/messages.hpp"
#include "tests/attack/table_models.hpp"

namespace ipet::attack::test {
namespace {

const BurstView bursts(15);

/// Bursts of so many packets, a tenth of a second apart.
std::vector<DevicePacket> bursts_at(const std::set<int>& seconds, int packets = 8) {
  std::vector<DevicePacket> line;
  for (const int time : seconds)
    for (int i = 0; i < packets; ++i) line.push_back(out(noon + time * s + i * 100 * millisecond, 100));
  return line;
}

/// Rows of lines of one home for a quarter of an hour.
Rows home_of(const std::vector<std::vector<DevicePacket>>& lines, std::uint32_t home = 0) {
  Rows rows;
  for (std::size_t i = 0; i < lines.size(); ++i)
    append(rows, look(bursts, {noon, noon + 15 * minute, noon}, lines[i]), i);
  rows.home.assign(rows.size(), home);
  return rows;
}

float of(const Rows& shared, std::size_t row, const std::string& column) {
  const std::vector<std::string> names = shared_columns();
  return shared.row(row)[std::ranges::find(names, column) - names.begin()];
}

// Of the four bursts of the first line, two begin with one of the second line and one within 2 s after one.
const auto line_a = bursts_at({20, 200, 400, 600}), line_b = bursts_at({20, 198, 400, 800}),
           line_c = bursts_at({100, 300, 500, 700});

TEST(BurstView, has_bursts_where_they_begin_with_their_packets) {
  auto line = bursts_at({4}, 12);
  line.push_back(out(noon + 15 * minute - millisecond, 100));
  line.push_back(out(noon + 15 * minute + s, 100));
  const Rows rows = look(bursts, {noon, noon + 30 * minute, noon}, line);
  ASSERT_EQ(rows.width, 450U);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.row(0)[2], 12);
  EXPECT_EQ(rows.row(0)[449], 1);
  EXPECT_EQ(std::accumulate(rows.row(0), rows.row(0) + 900, 0.0F), 13) << "the last one goes on in no row";
}

TEST(SharedEvents, are_those_that_follow_another_lines_and_two_of_three_lines_have_some) {
  const Rows shared = shared_events(home_of({line_a, line_b, line_c}));
  EXPECT_EQ(of(shared, 0, "bursts"), 4);
  EXPECT_FLOAT_EQ(of(shared, 0, "share_1"), 0.75);
  EXPECT_EQ(of(shared, 0, "share_2"), 0);
  EXPECT_FLOAT_EQ(of(shared, 0, "share_sum"), 0.75);
  EXPECT_FLOAT_EQ(of(shared, 1, "share_1"), 0.5) << "one comes before that of the first line";
  EXPECT_GT(of(shared, 0, "score_1"), 5);
  EXPECT_EQ(of(shared, 2, "share_1"), 0);
  EXPECT_LE(of(shared, 2, "score_1"), 0);
}

TEST(SharedEvents, of_large_bursts_are_up_to_ten_seconds_apart) {
  const Rows shared =
      shared_events(home_of({bursts_at({20, 200, 400, 600}), bursts_at({10, 212, 410, 590})}));
  EXPECT_EQ(of(shared, 0, "share_1"), 0);
  EXPECT_FLOAT_EQ(of(shared, 0, "large_share_1"), 0.75);
}

TEST(SharedEvents, of_small_bursts_are_no_large_ones) {
  const Rows shared = shared_events(home_of({bursts_at({20, 200}, 7), bursts_at({20, 200}, 7)}));
  EXPECT_EQ(of(shared, 0, "share_1"), 1);
  EXPECT_EQ(of(shared, 0, "large_bursts"), 0);
  EXPECT_EQ(of(shared, 0, "large_share_1"), 0);
}

TEST(SharedEvents, do_not_depend_on_the_order_of_lines) {
  const Rows one = shared_events(home_of({line_a, line_b, line_c})),
             other = shared_events(home_of({line_c, line_a, line_b}));
  for (const auto& [here, there] : {std::pair(0, 1), std::pair(1, 2), std::pair(2, 0)})
    for (const std::string& column : shared_columns())
      EXPECT_EQ(of(one, static_cast<std::size_t>(here), column),
                of(other, static_cast<std::size_t>(there), column))
          << column;
}

TEST(SharedEvents, are_of_lines_of_one_home_and_of_none_where_homes_are_not_known) {
  Rows rows = home_of({line_a, line_b, line_c});
  rows.home = {0, 1, 1};
  EXPECT_EQ(of(shared_events(rows), 0, "share_1"), 0);
  rows.home.clear();
  EXPECT_EQ(of(shared_events(rows), 0, "share_1"), 0);
  EXPECT_EQ(of(shared_events(rows), 0, "bursts"), 4);
}

TEST(SharedEvents, count_lines_that_are_not_asked_about) {
  const Rows alone = shared_events(home_of({line_a}), home_of({line_b, line_c}));
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_FLOAT_EQ(of(alone, 0, "share_1"), 0.75);
  EXPECT_FLOAT_EQ(of(alone, 0, "share_sum"), 0.75);
}

TEST(SharedEvents, add_up_over_the_rows_of_two_lines) {
  Rows rows = home_of({line_a, line_b, line_c}), later = rows;
  for (Nanoseconds& start : later.start) start += 15 * minute;
  const Rows once = shared_events(rows);
  const Rows twice = shared_events(later, rows);
  // 3 of 4, less what chance does: each of the four is near one of 44 slots of 450 by it.
  EXPECT_NEAR(of(once, 0, "large_so_far_1"), 3 - 4 * 44.0 / 450, 0.1);
  EXPECT_FLOAT_EQ(of(twice, 0, "large_so_far_1"), 2 * of(once, 0, "large_so_far_1"));
  EXPECT_LE(of(twice, 2, "large_so_far_1"), 0);
  for (std::uint32_t& home : later.home) home = 1;
  EXPECT_EQ(of(shared_events(later, rows), 0, "large_so_far_1"), of(once, 0, "large_so_far_1"))
      << "another home";
}

/// Homes of three lines, of which the first two act together: classes 0, 0 and 1.
Rows homes(std::uint64_t seed) {
  traffic::Random random(seed);
  const auto draw = [&](int count) {
    std::set<int> seconds;
    while (std::ssize(seconds) < count) seconds.insert(static_cast<int>(random.below(440)) * 2);
    return seconds;
  };
  Rows rows;
  for (std::uint32_t home = 0; home < 30; ++home) {
    const std::set<int> person = draw(6);
    for (std::size_t line = 0; line < 3; ++line) {
      std::set<int> seconds = draw(6);
      if (line < 2)
        seconds.insert(person.begin(), person.end());
      else
        seconds.merge(draw(6));
      append(rows, look(bursts, {noon, noon + 15 * minute, noon}, bursts_at(seconds, 3)), line);
    }
    rows.home.resize(rows.size(), home);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) rows.label[i] = i % 3 == 2 ? 1 : 0;
  return rows;
}

TEST(CoincidenceAttacker, needs_the_rows_of_all_lines) {
  TableAttackerOptions some;
  some.most_rows = 5;
  EXPECT_THROW(CoincidenceAttacker(boosting(), "gradient_boosting", some), std::invalid_argument);
}

TEST(CoincidenceAttacker, finds_lines_that_act_together) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the homes, 7 of the training");
  const CoincidenceAttacker attacker(boosting(), "gradient_boosting");
  EXPECT_EQ(attacker.title(), "coincidences 15 min");
  fingerprint::Observer observer;
  const auto trained = attacker.train(homes(1), homes(2), 2, 7, observer);
  const Rows unseen = homes(3);
  EXPECT_GT(accuracy(trained->probabilities(unseen), unseen, 2), 0.95);
}

}  // namespace
}  // namespace ipet::attack::test
