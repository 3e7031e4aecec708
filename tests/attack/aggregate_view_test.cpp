// Rich aggregates against rows computed by hand, and against the 20 published columns.
#include "stages/attack/aggregate_view.hpp"

#include <cmath>
#include <numbers>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/windows/aggregation.hpp"
#include "tests/attack/lines.hpp"
#include "tests/attack/messages.hpp"

namespace ipet::attack::test {
namespace {

const Interval a_day{noon, noon + traffic::day, noon};

/// All columns but those that are named are 0.
void expect_row(std::map<std::string, float> row, const std::map<std::string, float>& expected) {
  for (const auto& [column, value] : expected) {
    ASSERT_TRUE(row.contains(column)) << column;
    EXPECT_FLOAT_EQ(row[column], value) << column;
    row.erase(column);
  }
  for (const auto& [column, value] : row) EXPECT_EQ(value, 0) << column;
}

using Columns = std::map<std::string, float>;

/// A quarter of an hour of three bursts: at 60 s (out 100, in 40 after 3 ms, in 4096 + 40 after 5 ms more),
/// at 120 s (out 100), at 180 s + 600 ms (udp in 8).
Columns row_of_three_bursts() {
  const AggregateView view(15);
  const Nanoseconds s = traffic::second;
  const Rows rows = look(view, {noon, noon + 15 * minute, noon},
                         {out(noon + 60 * s, 100), in(noon + 60 * s + 3 * millisecond, 40),
                          in(noon + 60 * s + 8 * millisecond, 4136), out(noon + 120 * s, 100),
                          in(noon + 180 * s + 600 * millisecond, 8, Protocol::udp)});
  EXPECT_EQ(rows.start, std::vector<Nanoseconds>{noon});
  return named(view, rows, 0);
}

// What a hand counts in it, kind by kind.
const Columns of_groups{
    {"out_tcp_packets", 2},          {"out_tcp_mean_size", 100}, {"out_tcp_min_size", 100},
    {"out_tcp_max_size", 100},       {"out_tcp_seconds", 60},    {"out_tcp_bytes", 200},
    {"in_tcp_packets", 2},           {"in_tcp_mean_size", 2088}, {"in_tcp_min_size", 40},
    {"in_tcp_max_size", 4136},       {"in_tcp_seconds", 0.005F}, {"in_tcp_bytes", 4176},
    {"in_tcp_size_deviation", 2048}, {"in_udp_packets", 1},      {"in_udp_mean_size", 8},
    {"in_udp_min_size", 8},          {"in_udp_max_size", 8},     {"in_udp_bytes", 8}};
const Columns of_sizes{{"out_size_96", 2},
                       {"out_size_mod_4", 2},  // 100 = 3 x 32 + 4
                       {"out_sizes", 1},
                       {"out_frequent_size_1", 100},
                       {"out_frequent_packets_1", 2},
                       {"in_size_1", 1},
                       {"in_size_40", 1},
                       {"in_size_1448", 1},
                       {"in_size_mod_8", 3},  // 8, 40 and 4136
                       {"in_sizes", 2},       // 4136 and 40 are the same modulo 4096
                       {"in_frequent_size_1", 40},
                       {"in_frequent_packets_1", 2},
                       {"in_frequent_size_2", 8},
                       {"in_frequent_packets_2", 1}};
// 3 ms and 5 ms are 2.9 and 4.8 units of 2^20 ns; 60 s are 57,212 of them, or 16 bits.
const Columns of_gaps{
    {"gap_2", 1},          {"gap_3", 1},           {"gap_16", 2},          {"out_gap_16", 1},
    {"in_gap_3", 1},       {"in_gap_17", 1},  // 120.592 s
    {"in_after_out_2", 1}, {"in_after_out_16", 1}, {"out_after_in_16", 1}, {"direction_changes", 3}};
const Columns of_bursts{{"bursts", 3},
                        {"burst_most_packets", 3},
                        {"burst_most_bytes", 4276},
                        {"burst_mean_packets", 5.0F / 3},
                        {"burst_median_seconds", 60.6F},  // of 60 and 60.6, the upper one
                        {"burst_regular", 1},
                        {"burst_variation", 0.3F / 60.3F}};
// By minutes 3, 1, 1 and twelve times 0: mean 1/3, variance 11/15 - 1/9.
const Columns of_minutes{{"minute_variance", (11.0F / 15 - 1.0F / 9) * 3},
                         {"minute_most", 3},
                         {"minutes_silent", 12},
                         {"longest_silence", 719.4F},
                         {"silence_before", 60},
                         {"silence_after", 719.4F}};
constexpr double middle_of_the_bin = 2 * std::numbers::pi * 7.5 / 1440;
const Columns of_the_clock{{"day_sine", static_cast<float>(std::sin(middle_of_the_bin))},
                           {"day_cosine", static_cast<float>(std::cos(middle_of_the_bin))}};

TEST(AggregateView, a_row_holds_what_a_hand_would_count) {
  Columns by_hand;
  for (const Columns& kind : {of_groups, of_sizes, of_gaps, of_bursts, of_minutes, of_the_clock})
    by_hand.insert(kind.begin(), kind.end());
  expect_row(row_of_three_bursts(), by_hand);
}

const std::set<std::string> columns_of_silence = [] {
  std::set<std::string> names{"longest_silence",      "silence_before", "silence_after",  "minutes_silent",
                              "burst_median_seconds", "burst_regular",  "burst_variation"};
  for (const char* gap : {"gap_", "out_gap_", "in_gap_", "in_after_out_", "out_after_in_"})
    for (int i = 11; i <= 20; ++i) names.insert(gap + std::to_string(i));
  return names;
}();

TEST(AggregateView, without_silence_hides_how_long_nothing_was_sent_and_nothing_else) {
  const std::uint64_t seed = 8;
  SCOPED_TRACE("seed " + std::to_string(seed));
  const std::vector<DevicePacket> packets = random_line(seed, 3000, noon);
  const AggregateView all(15), without(15, false);
  const Rows rows = look(all, a_day, packets), hidden = look(without, a_day, packets);
  ASSERT_EQ(hidden.size(), rows.size());
  ASSERT_EQ(without.columns(), all.columns());
  std::set<std::string> zeroed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Columns row = named(all, rows, i);
    for (const auto& [column, value] : named(without, hidden, i)) {
      EXPECT_EQ(value, columns_of_silence.contains(column) ? 0 : row.at(column)) << column;
      if (value != row.at(column)) zeroed.insert(column);
    }
  }
  // The longest gaps of all, of 9 and 18 minutes and more, do not occur here.
  EXPECT_GT(zeroed.size(), columns_of_silence.size() - 15);
}

TEST(AggregateView, every_bin_of_the_watch_is_a_row_also_without_packets) {
  const AggregateView view(15);
  const Interval interval{noon + 20 * minute, noon + 80 * minute, noon};
  const Rows rows = look(view, interval, {out(noon + 50 * minute, 7)});
  EXPECT_THAT(rows.start, testing::ElementsAre(noon + 15 * minute, noon + 30 * minute, noon + 45 * minute,
                                               noon + 60 * minute, noon + 75 * minute));
  for (const std::size_t i : {0, 1, 3, 4}) {
    std::map<std::string, float> row = named(view, rows, i);
    const double turn = 2 * std::numbers::pi * (22.5 + 15 * static_cast<double>(i)) / 1440;
    expect_row(row, {{"longest_silence", 900},
                     {"silence_before", 900},
                     {"silence_after", 900},
                     {"minutes_silent", 15},
                     {"day_sine", static_cast<float>(std::sin(turn))},
                     {"day_cosine", static_cast<float>(std::cos(turn))}});
  }
  EXPECT_EQ(named(view, rows, 2)["out_tcp_bytes"], 7);
  EXPECT_EQ(look(view, interval, {}).size(), 5u);
  EXPECT_EQ(look(view, {noon + 1, noon + 1, noon}, {}).size(), 0u);
}

TEST(AggregateView, bins_are_half_open_and_the_last_one_ends_with_the_day) {
  const AggregateView view(7 * 60);
  const std::vector<DevicePacket> packets{out(noon + 7 * 60 * minute - 1, 1), out(noon + 7 * 60 * minute, 2),
                                          out(noon + 24 * 60 * minute - 1, 3),
                                          out(noon + 24 * 60 * minute, 4)};
  const Rows rows = look(view, {noon, noon + 30 * 60 * minute, noon}, packets);
  EXPECT_THAT(rows.start, testing::ElementsAre(noon, noon + 7 * 60 * minute, noon + 14 * 60 * minute,
                                               noon + 21 * 60 * minute, noon + 24 * 60 * minute));
  const float bytes[] = {1, 2, 0, 3, 4};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(named(view, rows, i)["out_tcp_bytes"], bytes[i]) << i;
}

TEST(AggregateView, what_is_outside_the_watch_is_not_seen) {
  const AggregateView view(15);
  const Interval interval{noon + minute, noon + 10 * minute, noon};
  const Rows rows = look(view, interval,
                         {out(noon + minute - 1, 5), out(noon + minute, 6), out(noon + 10 * minute - 1, 7),
                          out(noon + 10 * minute, 8)});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(named(view, rows, 0)["out_tcp_bytes"], 13);
  EXPECT_EQ(named(view, rows, 0)["gap_20"], 0);
  EXPECT_EQ(named(view, rows, 0)["gap_19"] + named(view, rows, 0)["gap_18"], 0 + 1);  // 9 minutes
}

TEST(AggregateView, rows_do_not_depend_on_how_packets_are_cut_into_calls) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<DevicePacket> packets = random_line(seed, 2000, noon + 5 * minute);
    const AggregateView view(15);
    const Rows whole = look(view, a_day, packets);
    EXPECT_EQ(whole.size(), 96u);
    for (const std::size_t part : {1, 2, 7, 64}) {
      const Rows cut = look(view, a_day, packets, part);
      EXPECT_EQ(cut.start, whole.start);
      EXPECT_EQ(cut.values, whole.values);
    }
  }
}

TEST(AggregateView, begins_with_the_published_columns) {
  for (const std::uint64_t seed : {4, 5, 6}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<DevicePacket> packets = random_line(seed, 3000, noon);
    const AggregateView view(15);
    const Rows rows = look(view, {noon, noon + 100 * traffic::day, noon}, packets);
    windows::Aggregation aggregator(windows::AggregateSettings::make(15, 12));
    std::vector<windows::Aggregates> published;
    const auto keep = [&](windows::Aggregates& done) { published.push_back(done); };
    aggregator.add(packets, keep);
    aggregator.end(keep);
    std::size_t compared = 0, at = 0;
    for (const windows::Aggregates& part : published) {
      for (std::size_t i = 0; i < part.size(); ++i, ++compared) {
        while (rows.start.at(at) != part.start[i]) ++at;
        for (std::size_t c = 0; c < windows::aggregate_columns; ++c)
          ASSERT_EQ(rows.row(at)[c], part.features[i * windows::aggregate_columns + c])
              << windows::aggregate_names[c];
      }
    }
    EXPECT_GT(compared, 30u);
  }
}

TEST(AggregateView, counts_each_packet_once_per_kind_of_column) {
  SCOPED_TRACE("seed 7");
  const std::vector<DevicePacket> packets = random_line(7, 5000, noon);
  const AggregateView view(60);
  const Rows rows = look(view, {noon, noon + 100 * traffic::day, noon}, packets);
  std::map<std::string, double> sums;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const auto& [column, value] : named(view, rows, i)) {
      for (const char* kind : {"out_size_mod_", "in_size_mod_", "gap_", "out_gap_", "in_gap_"})
        if (column.starts_with(kind)) sums[kind] += value;
      if (column.starts_with("out_size_") && !column.starts_with("out_size_mod_")) sums["out_size_"] += value;
    }
  const auto outgoing =
      static_cast<double>(std::ranges::count(packets, Direction::out, &DevicePacket::direction));
  EXPECT_EQ(sums["out_size_"], outgoing);
  EXPECT_EQ(sums["out_size_mod_"], outgoing);
  EXPECT_EQ(sums["in_size_mod_"], 5000 - outgoing);
  EXPECT_EQ(sums["gap_"], 4999);
  EXPECT_EQ(sums["out_gap_"], outgoing - 1);
  EXPECT_EQ(sums["in_gap_"], 5000 - outgoing - 1);
}

TEST(AggregateView, names_itself_and_refuses_impossible_bins) {
  EXPECT_EQ(AggregateView(15).name(), "aggregates of 15 min");
  EXPECT_EQ(AggregateView(0.5).name(), "aggregates of 0.5 min");
  EXPECT_EQ(AggregateView(15, false).name(), "aggregates of 15 min without silence");
  EXPECT_EQ(message([] { AggregateView(0); }),
            "agg_minutes must be at least a millisecond and at most a day");
  EXPECT_EQ(message([] { AggregateView(1441); }),
            "agg_minutes must be at least a millisecond and at most a day");
}

}  // namespace
}  // namespace ipet::attack::test
