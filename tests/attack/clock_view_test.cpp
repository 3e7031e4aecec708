// What an eavesdropper sees of the clocks of devices on a line.
#include "stages/attack/clock_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/beats.hpp"

namespace ipet::attack::test {
namespace {

Phrase question(std::uint32_t size) {
  return {word_of(out(0, size)), word_of(in(0, size))};
}

/// Class 0 beats every minute with packets of 31 bytes, class 1 every 100 s with packets of 45.
std::shared_ptr<const Clocks> two_devices() {
  return std::make_shared<const Clocks>(
      Clocks{{question(31), question(45)},
             {{0, 60 * s, 10 * millisecond, {0}}, {1, 100 * s, 10 * millisecond, {1}}},
             2});
}

const ClockView hands(15, two_devices());

/// The row of the quarter of an hour that begins with `row`.
std::map<std::string, float> seen(const std::vector<DevicePacket>& packets, std::size_t row = 0,
                                  const std::vector<DevicePacket>& before = {}) {
  return named(hands, look(hands, {noon, noon + 6 * hour, noon}, packets, 0, before), row);
}

TEST(ClockView, counts_beats_beside_those_expected_and_all_bursts) {
  // 15 beats in 15 minutes, five bursts of something else.
  auto row = seen(together(beats(noon + 10 * s, minute, noon + 15 * minute, 31),
                           beats(noon + 40 * s, 3 * minute, noon + 15 * minute, 77)));
  EXPECT_FLOAT_EQ(row["bursts"], 20);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_beats"], 1);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_share"], 1);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_explained"], 0.75);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_deviation"], 0);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_train_beats"], 15);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_train_hours"], 14.0F / 60);
  EXPECT_FLOAT_EQ(row["class_1_clock_0_beats"], 0);
  EXPECT_FLOAT_EQ(row["class_1_clock_0_deviation"], -1);
}

TEST(ClockView, tells_a_clock_that_goes_on_over_midnight_from_one_that_begins_anew) {
  const auto before = beats(noon - 30 * minute + 10 * s, minute, noon, 31);
  auto goes_on = seen(beats(noon + 10 * s, minute, noon + 3 * hour, 31), 0, before);
  EXPECT_FLOAT_EQ(goes_on["class_0_clock_0_before"], 1);
  EXPECT_FLOAT_EQ(goes_on["class_0_clock_0_over_midnight"], 1);
  EXPECT_FLOAT_EQ(goes_on["class_0_over_midnight"], 1);
  EXPECT_FLOAT_EQ(goes_on["class_1_over_midnight"], 0);
  EXPECT_FLOAT_EQ(goes_on["class_0_clock_0_train_beats"], 45);
  EXPECT_FLOAT_EQ(goes_on["class_0_clock_0_begun"], 0);
  auto begins = seen(beats(noon + 30 * s, minute, noon + 3 * hour, 31), 0, before);
  EXPECT_FLOAT_EQ(begins["class_0_clock_0_before"], 0);
  EXPECT_FLOAT_EQ(begins["class_0_clock_0_over_midnight"], 0);
  EXPECT_FLOAT_EQ(begins["class_0_clock_0_train_beats"], 15);
  EXPECT_FLOAT_EQ(begins["class_0_clock_0_begun"], 1);
}

TEST(ClockView, knows_hours_later_what_went_on_over_midnight) {
  // For three minutes it goes on, then it begins anew: three of the beats in six minutes.
  const auto before = beats(noon - 30 * minute + 10 * s, minute, noon, 31);
  auto packets = together(beats(noon + 10 * s, minute, noon + 3 * minute, 31),
                          beats(noon + 3 * minute + 30 * s, minute, noon + 4 * hour, 31));
  auto row = seen(packets, 14, before);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_before"], 0);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_over_midnight"], 0.5);
}

TEST(ClockView, tells_which_of_two_clocks_goes_on_through_the_day) {
  const auto packets = together(beats(noon + 10 * s, minute, noon + 6 * hour, 31),
                                together(beats(noon + 15 * s, 100 * s, noon + 5 * hour, 45),
                                         beats(noon + 5 * hour + 65 * s, 100 * s, noon + 6 * hour, 45)));
  auto row = seen(packets, 21);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_hour"], 1);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_four_hours"], 1);
  EXPECT_FLOAT_EQ(row["class_1_clock_0_share"], 1);
  EXPECT_FLOAT_EQ(row["class_1_clock_0_hour"], 0);
}

TEST(ClockView, gives_a_beat_that_two_clocks_share_to_the_one_that_expects_it) {
  const ClockView shared(
      15, std::make_shared<const Clocks>(Clocks{
              {question(31)}, {{0, 60 * s, 10 * millisecond, {0}}, {1, 61 * s, 10 * millisecond, {0}}}, 2}));
  const auto packets = together(beats(noon + 10 * s, 60 * s, noon + 15 * minute, 31),
                                beats(noon + 30 * s, 61 * s, noon + 15 * minute, 31));
  auto row = named(shared, look(shared, {noon, noon + 15 * minute, noon}, packets), 0);
  // 15 of each; of the first ones nobody knows whose they are.
  EXPECT_FLOAT_EQ(row["class_0_clock_0_beats"], 16.0F / 15);
  EXPECT_FLOAT_EQ(row["class_0_clock_0_share"], 1);
  EXPECT_FLOAT_EQ(row["class_1_clock_0_train_beats"], 15);
}

TEST(ClockView, sees_how_exactly_a_clock_beats) {
  std::vector<DevicePacket> loose;
  for (int i = 0; i < 15; ++i)
    for (const DevicePacket& packet :
         beats(noon + i * minute + i % 2 * 8 * millisecond, s, noon + i * minute + s, 31))
      loose.push_back(packet);
  // A train's period is between that of the clock and 8 ms more or less.
  EXPECT_NEAR(seen(loose)["class_0_clock_0_deviation"], 8, 2);
  EXPECT_FLOAT_EQ(seen(loose)["class_0_clock_0_exact"], 1) << "within 10 ms";
  // Half a second late every time: all go on, none is exact.
  EXPECT_FLOAT_EQ(seen(beats(noon, minute + s / 2, noon + 15 * minute, 31))["class_0_clock_0_exact"], 0);
}

TEST(ClockView, gives_the_same_rows_however_packets_come) {
  const auto packets =
      together(random_line(3, 2000, noon), beats(noon + 10 * s, minute, noon + 6 * hour, 31));
  const Interval interval{noon, noon + 6 * hour, noon};
  EXPECT_EQ(look(hands, interval, packets, 7).values, look(hands, interval, packets).values);
}

TEST(ClockView, has_rows_of_silence_and_one_column_where_nothing_beats) {
  EXPECT_EQ(look(hands, {noon, noon + hour, noon}, {}).size(), 4U);
  EXPECT_THAT(ClockView(15, std::make_shared<const Clocks>()).columns(), testing::ElementsAre("bursts"));
}

}  // namespace
}  // namespace ipet::attack::test
