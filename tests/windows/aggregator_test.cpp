// Aggregates worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/windows/aggregation.hpp"

namespace ipet::windows {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;
using traffic::second;

constexpr Nanoseconds minute = 60 * second;
/// Midnight UTC: `date -u -d 2021-03-08 +%s`.
constexpr Nanoseconds midnight = 1'615'161'600 * second;

DevicePacket at(Nanoseconds time, std::uint32_t size = 10, Direction direction = Direction::out,
                Protocol protocol = Protocol::tcp, bool dummy = false) {
  return {time, size, direction, protocol, dummy};
}

struct Result {
  Aggregates all;
  std::size_t flushes = 0;
  [[nodiscard]] std::vector<float> row(std::size_t i) const {
    const auto begin = all.features.begin() + static_cast<std::ptrdiff_t>(i * aggregate_columns);
    return {begin, begin + aggregate_columns};
  }
  /// Begins of the bins after midnight.
  [[nodiscard]] std::vector<Nanoseconds> starts() const {
    std::vector<Nanoseconds> relative;
    for (const Nanoseconds start : all.start) relative.push_back(start - midnight);
    return relative;
  }
};

Result aggregate(double minutes, double offset, const std::vector<std::vector<DevicePacket>>& messages) {
  Result result;
  const auto flush = [&](Aggregates& done) {
    ++result.flushes;
    result.all.features.insert(result.all.features.end(), done.features.begin(), done.features.end());
    result.all.start.insert(result.all.start.end(), done.start.begin(), done.start.end());
  };
  Aggregation aggregator(AggregateSettings::make(minutes, offset));
  for (const auto& packets : messages) aggregator.add(packets, flush);
  aggregator.end(flush);
  return result;
}

TEST(Aggregates, HoldTheTwentyColumnsOfBothDirectionsAndProtocols) {
  const Result result =
      aggregate(15, 0,
                {{at(midnight, 100), at(midnight + second, 60, Direction::out, Protocol::udp),
                  at(midnight + 2 * second, 1000, Direction::in), at(midnight + 3 * second, 25),
                  at(midnight + 4 * second, 7, Direction::in, Protocol::udp),
                  at(midnight + 5500 * second / 1000, 40), at(midnight + 6 * second, 500, Direction::in)}});
  // Sizes of out_tcp: 100, 25, 40; of in_tcp: 1000, 500.
  EXPECT_THAT(result.row(0), ElementsAre(3, 55, 25, 100, 5.5F,  //
                                         1, 60, 60, 60, 0,      //
                                         2, 750, 500, 1000, 4,  //
                                         1, 7, 7, 7, 0));
  EXPECT_THAT(result.starts(), ElementsAre(0));
}

TEST(Aggregates, NameTheirColumnsInTheOrderOfTheirValues) {
  EXPECT_STREQ(aggregate_names[1], "out_tcp_mean_size");
  EXPECT_STREQ(aggregate_names[7], "out_udp_min_size");
  EXPECT_STREQ(aggregate_names[13], "in_tcp_max_size");
  EXPECT_STREQ(aggregate_names[19], "in_udp_seconds");
}

TEST(Aggregates, OfOnePacketAreThatPacketAndZeros) {
  const Result result = aggregate(15, 0, {{at(midnight + 5 * minute, 33, Direction::in, Protocol::udp)}});
  ASSERT_EQ(result.all.size(), 1u);
  std::vector<float> row = result.row(0);
  EXPECT_EQ(std::vector<float>(row.begin() + 15, row.end()), (std::vector<float>{1, 33, 33, 33, 0}));
  row.resize(15);
  EXPECT_THAT(row, Each(0));
}

TEST(Aggregates, CountPacketsOfNoSizeWhereTheSplitterLetsThemThrough) {
  EXPECT_EQ(aggregate(15, 0, {{at(midnight, 0), at(midnight, 8)}}).row(0)[1], 4);
  EXPECT_EQ(aggregate(15, 0, {{at(midnight, 0), at(midnight, 8)}}).row(0)[2], 0);
}

TEST(Aggregates, CountCoverTrafficLikeAnyOther) {
  const auto dummy = at(midnight + second, 30, Direction::out, Protocol::udp, true);
  EXPECT_EQ(aggregate(15, 0, {{at(midnight, 10), dummy}}).row(0)[5], 1);
}

TEST(Aggregates, BinsAreHalfOpen) {
  const Result result = aggregate(15, 0, {{at(midnight + 15 * minute - 1), at(midnight + 15 * minute)}});
  EXPECT_THAT(result.starts(), ElementsAre(0, 15 * minute));
  EXPECT_EQ(result.row(0)[0], 1);
  EXPECT_EQ(result.row(1)[0], 1);
}

TEST(Aggregates, BinsBeginWithTheDayAndNotWithTheFirstPacket) {
  const Result result = aggregate(15, 0, {{at(midnight + 14 * minute), at(midnight + 16 * minute)}});
  EXPECT_THAT(result.starts(), ElementsAre(0, 15 * minute));
}

TEST(Aggregates, EmptyBinsMakeNoRow) {
  const Result result = aggregate(15, 0, {{at(midnight), at(midnight + 600 * minute)}});
  EXPECT_THAT(result.starts(), ElementsAre(0, 600 * minute));
}

TEST(Aggregates, OfADayThatBeginsLaterAreShiftedWithIt) {
  // The day begins at 00:10: 00:05 is in the last 15 minutes of the day before, which began at 23:55.
  const Result result = aggregate(15, 1.0 / 6, {{at(midnight + 5 * minute), at(midnight + 10 * minute)}});
  EXPECT_THAT(result.starts(), ElementsAre(-5 * minute, 10 * minute));
}

TEST(Aggregates, OfALengthThatDividesNoDayEndWithTheDay) {
  // Of 7 hours: 0, 7, 14, 21, and then the next day's 0.
  const Result result =
      aggregate(7 * 60, 0, {{at(midnight + 22 * 60 * minute), at(midnight + 24 * 60 * minute)}});
  EXPECT_THAT(result.starts(), ElementsAre(21 * 60 * minute, 24 * 60 * minute));
}

TEST(Aggregates, BeforeTheEpochAreRoundedDownToo) {
  Aggregates all;
  Aggregation aggregator(AggregateSettings::make(15, 0));
  const auto flush = [&](Aggregates& done) { all = done; };
  const std::vector<DevicePacket> packets{at(-1)};
  aggregator.add(packets, flush);
  aggregator.end(flush);
  EXPECT_THAT(all.start, ElementsAre(-15 * minute));
}

TEST(Aggregates, DoNotDependOnHowPacketsComeInMessages) {
  std::vector<DevicePacket> packets;
  std::vector<std::vector<DevicePacket>> one_by_one;
  for (int i = 0; i < 100; ++i) {
    packets.push_back(at(midnight + i * 37 * second, static_cast<std::uint32_t>(i),
                         i % 3 == 0 ? Direction::in : Direction::out,
                         i % 2 == 0 ? Protocol::tcp : Protocol::udp));
    one_by_one.push_back({packets.back()});
  }
  const Result together = aggregate(5, 0, {packets}), alone = aggregate(5, 0, one_by_one);
  EXPECT_EQ(together.all.features, alone.all.features);
  EXPECT_EQ(together.all.start, alone.all.start);
  EXPECT_EQ(together.all.size(), 13u);  // 0 to 3663 s
  EXPECT_EQ(alone.flushes, 13u);        // finished bins do not wait
}

TEST(Aggregates, OfNothingAreNothing) {
  EXPECT_THAT(aggregate(15, 0, {{}}).all.start, IsEmpty());
}

TEST(Aggregation, RefusesPacketsThatGoBackInTime) {
  EXPECT_THROW(aggregate(15, 0, {{at(midnight + 1), at(midnight)}}), std::logic_error);
}

void expect_refused(double minutes, double offset, const std::string& text) {
  try {
    (void)AggregateSettings::make(minutes, offset);
    ADD_FAILURE() << minutes << " and " << offset << " were accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()), text);
  }
}

TEST(AggregateSettings, MustBeSane) {
  expect_refused(0, 0, "agg_minutes must be at least a millisecond and at most a day");
  expect_refused(1441, 0, "agg_minutes must be at least a millisecond and at most a day");
  expect_refused(15, 25, "day_offset_hours must be within -24 .. 24");
  EXPECT_EQ(AggregateSettings::make(0.1, 0).bin, std::chrono::seconds(6));
}

AggregateBatch batch(std::uint32_t capture, const std::string& device, float number, std::size_t rows) {
  AggregateBatch made;
  made.capture = capture;
  made.capture_name = std::make_shared<const std::string>(std::string("c").append(std::to_string(capture)));
  made.device = std::make_shared<const std::string>(device);
  made.bin = 900;
  for (std::size_t i = 0; i < rows; ++i) {
    made.features.insert(made.features.end(), aggregate_columns, number);
    made.start.push_back(static_cast<Nanoseconds>(number) + static_cast<Nanoseconds>(i));
  }
  return made;
}

TEST(AggregateSet, NumbersDevicesAndSortsLikeTheWindowSet) {
  AggregateSet set;
  AggregateBatch phone = batch(1, "phone", 7, 1);
  phone.declared_devices =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"zebra", "phone"});
  set.add(phone);
  AggregateSet other;
  other.add(batch(0, "lamp", 1, 2));
  set.merge(std::move(other));
  set.merge(AggregateSet{});
  set.finish();
  EXPECT_THAT(set.devices, ElementsAre("zebra", "phone", "lamp"));
  EXPECT_THAT(set.captures, ElementsAre("c0", "c1"));
  EXPECT_THAT(set.device, ElementsAre(2, 2, 1));
  EXPECT_THAT(set.start, ElementsAre(1, 2, 7));
  EXPECT_THAT(set.per_device(), ElementsAre(0, 1, 2));
  EXPECT_EQ(set.row(0)[19], 1);
  EXPECT_EQ(set.row(2)[0], 7);
  EXPECT_EQ(set.bin, 900);
}

TEST(AggregateSet, RefusesBinsOfAnotherLength) {
  AggregateSet set;
  set.add(batch(0, "lamp", 1, 1));
  AggregateBatch other = batch(0, "phone", 1, 1);
  other.bin = 60;
  try {
    set.add(other);
    ADD_FAILURE() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "aggregates of 'phone' span 60.000000 s, those before them 900.000000 s");
  }
}

}  // namespace
}  // namespace ipet::windows
