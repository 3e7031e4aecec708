// T5: devices that nobody has learned are "other".
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

TEST(OpenWorld, calls_other_what_no_known_device_explains_as_well_as_known_rows) {
  // Whole numbers of packets in five minutes: all rows of a device are alike, at its mean.
  ComparisonInputs in = inputs(home({{"bulb", 20, 200}, {"cam", 30, 300}, {"plug", 60, 250}}, 5));
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T5};
  options.held_out = {"plug"};
  fingerprint::Observer observer;
  const auto report = compare(in, options, observer).report;
  const auto* open = find(report, "none", "own", "T5", "nearest mean");
  ASSERT_NE(open, nullptr);
  ASSERT_EQ(report.devices, (std::vector<std::string>{"bulb", "cam", "plug", "other"}));
  EXPECT_DOUBLE_EQ(open->recall[0], 1);
  EXPECT_DOUBLE_EQ(open->recall[1], 1);
  EXPECT_TRUE(std::isnan(open->recall[2]));
  EXPECT_DOUBLE_EQ(open->recall[3], 1);
}

TEST(OpenWorld, of_two_devices_says_that_none_is_unknown) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 4));
  ComparisonOptions options;
  options.levels = {Level::T5};
  fingerprint::Observer observer;
  const auto report = compare(in, options, observer).report;
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_EQ(report.notes.front(), "T5: of fewer than three devices none is held out, so none is unknown");
}

TEST(OpenWorld, refuses_a_device_of_the_name_of_unknown_ones) {
  ComparisonInputs in = inputs(home({{"other", 30, 300}, {"plug", 60, 250}}, 4));
  ComparisonOptions options;
  options.levels = {Level::T5};
  fingerprint::Observer observer;
  try {
    compare(in, options, observer);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "device 'other' has the name that T5 gives to unknown ones: rename it");
  }
}

TEST(OpenWorld, refuses_to_hold_out_a_device_that_is_not_there) {
  ComparisonInputs in = inputs(home({{"cam", 1, 100}, {"plug", 60, 50}}, 4));
  ComparisonOptions options;
  options.held_out = {"door"};
  fingerprint::Observer observer;
  try {
    compare(in, options, observer);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "held_out: there is no device 'door' with packets");
  }
}

}  // namespace
}  // namespace ipet::comparison
