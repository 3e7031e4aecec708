// Which lines are watched, and what they are for.
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

LineOptions by_day(std::uint32_t warm_up, double test) {
  LineOptions options;
  options.split = fingerprint::SplitMode::day;
  options.warm_up_days = warm_up;
  options.test_fraction = test;
  return options;
}

std::string failure(std::shared_ptr<const traffic::Traces> traces, const LineOptions& options) {
  try {
    watch_lines(std::move(traces), options);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Lines, of_a_day_warm_up_first_and_are_tested_last) {
  const Lines lines = watch_lines(home({{"cam", 1, 100}, {"plug", 60, 50}}, 5), by_day(1, 0.5));
  EXPECT_EQ(lines.split, fingerprint::SplitMode::day);
  EXPECT_EQ(lines.classes, (std::vector<std::string>{"cam", "plug"}));
  // Days 0; 1, 2; 3, 4 of two devices.
  EXPECT_EQ(lines.with(Role::warm_up).size(), 2U);
  EXPECT_EQ(lines.with(Role::training).size(), 4U);
  EXPECT_EQ(lines.with(Role::test).size(), 4U);
  for (const std::size_t i : lines.with(Role::test))
    EXPECT_GE(lines.lines[i].interval.begin_of_day, 3 * traffic::day);
}

TEST(Lines, of_a_day_are_up_from_the_first_to_the_last_packet_of_any_device) {
  auto traces = std::make_shared<traffic::Traces>();
  for (int day = 0; day < 3; ++day) {
    traces->add(message(0, "cam", beat(day * traffic::day + hour, day * traffic::day + 2 * hour, 600, 10)));
    traces->add(
        message(1, "plug", beat(day * traffic::day + 3 * hour, day * traffic::day + 4 * hour, 900, 10)));
  }
  traces->finish();
  const Lines lines = watch_lines(traces, by_day(0, 0.3));
  for (const WatchedLine& line : lines.lines) {
    EXPECT_EQ(line.interval.begin - line.interval.begin_of_day, hour);
    // The last packet of plug: 3 h + 3 x 900 s; the end is half open.
    EXPECT_EQ(line.interval.end - line.interval.begin_of_day, 3 * hour + 2700 * second + 1);
    EXPECT_EQ(line.packets.size(), line.device == "cam" ? 6U : 4U);
  }
}

TEST(Lines, of_captures_keep_the_last_ones_of_each_device_for_testing) {
  auto traces = std::make_shared<traffic::Traces>();
  for (std::uint32_t capture = 0; capture < 8; ++capture)
    traces->add(message(capture, capture % 2 == 0 ? "cam" : "plug",
                        beat(capture * hour, capture * hour + 2 * minute, 1, 20)));
  traces->finish();
  LineOptions options;
  options.split = fingerprint::SplitMode::capture;
  options.test_fraction = 0.25;
  const Lines lines = watch_lines(traces, options);
  std::vector<std::uint32_t> tested;
  for (const std::size_t i : lines.with(Role::test)) tested.push_back(lines.lines[i].capture);
  EXPECT_EQ(tested, (std::vector<std::uint32_t>{6, 7}));
}

TEST(Lines, follow_the_split_of_a_discriminator) {
  LineOptions options;
  options.warm_up_days = 1;
  fingerprint::SplitRecord record;
  record.mode = fingerprint::SplitMode::day;
  record.test_days = {2};
  options.like = record;
  const Lines lines = watch_lines(home({{"cam", 1, 100}, {"plug", 60, 50}}, 5), options);
  for (const WatchedLine& line : lines.lines) {
    const auto day = line.interval.begin_of_day / traffic::day;
    EXPECT_EQ(line.role, day == 0 ? Role::warm_up : day == 2 ? Role::test : Role::training) << day;
  }
}

/// Times that each line is tested over all folds, by (device, begin).
std::map<std::pair<std::string, Nanoseconds>, int> tested_over_folds(
    const std::shared_ptr<const traffic::Traces>& traces, LineOptions options, std::uint32_t folds) {
  std::map<std::pair<std::string, Nanoseconds>, int> tested;
  for (options.fold = 0; options.fold < folds; ++options.fold) {
    const Lines lines = watch_lines(traces, options);
    EXPECT_FALSE(lines.with(Role::training).empty());
    for (const WatchedLine& line : lines.lines)
      if (line.role != Role::warm_up)
        tested[{line.device, line.interval.begin}] += line.role == Role::test ? 1 : 0;
  }
  return tested;
}

TEST(Lines, are_tested_once_over_all_folds) {
  const auto traces = home({{"cam", 1, 100}, {"plug", 60, 50}}, 6);
  LineOptions options = by_day(1, 0.5);
  options.folds = 2;
  auto tested = tested_over_folds(traces, options, 2);
  EXPECT_EQ(tested.size(), 2 * 5U);  // devices, days after the one for warming up
  options = by_day(1, 0.5);
  options.split = fingerprint::SplitMode::leave_one_day_out;
  tested.merge(tested_over_folds(traces, options, 5));
  EXPECT_EQ(tested.size(), 2 * 5U);
  auto captures = std::make_shared<traffic::Traces>();
  for (std::uint32_t capture = 0; capture < 8; ++capture)
    captures->add(message(capture, capture % 3 == 0 ? "cam" : "plug",
                          beat(capture * hour, capture * hour + 2 * minute, 1, 20)));
  captures->finish();
  options.split = fingerprint::SplitMode::capture;
  options.folds = 3;
  const auto of_captures = tested_over_folds(captures, options, 3);
  EXPECT_EQ(of_captures.size(), 8U);
  for (const auto* all : {&std::as_const(tested), &of_captures})
    for (const auto& [line, times] : *all) EXPECT_EQ(times, 1) << line.first << " " << line.second;
}

TEST(Lines, of_a_fold_that_leaves_one_day_out_are_tested_on_that_day) {
  LineOptions options = by_day(2, 0.5);
  options.split = fingerprint::SplitMode::leave_one_day_out;
  options.fold = 1;
  const Lines lines = watch_lines(home({{"cam", 1, 100}}, 5), options);
  EXPECT_EQ(lines.split, fingerprint::SplitMode::day);
  for (const WatchedLine& line : lines.lines) {
    const auto day = line.interval.begin_of_day / traffic::day;
    EXPECT_EQ(line.role, day < 2 ? Role::warm_up : day == 3 ? Role::test : Role::training) << day;
  }
}

TEST(Lines, of_folds_that_there_are_not_are_refused) {
  const auto traces = home({{"cam", 1, 100}}, 4);
  LineOptions options = by_day(1, 0.5);
  options.folds = 4;
  EXPECT_EQ(failure(traces, options),
            "the captures are of 4 days: a split by day needs 1 for warming up and at least 4 for training "
            "and testing in 4 folds; take fewer folds or more days");
  options.fold = 4;
  EXPECT_EQ(failure(traces, options), "fold: there is no fold 4: 4 folds are 0 to 3");
  options.folds = 0;
  options.split = fingerprint::SplitMode::leave_one_day_out;
  EXPECT_EQ(failure(traces, options),
            "fold: there is no fold 4: after the days for warming up there are 3, folds 0 to 2");
  options.fold = 0;
  options.test_days = {2};
  EXPECT_EQ(failure(traces, options),
            "test_days: the fold says which days are for testing; give one of the two");
  options.like.emplace().mode = fingerprint::SplitMode::day;
  EXPECT_EQ(failure(traces, options),
            "folds: the split is that of the input 'discriminator'; give the folds to the stage that trained "
            "it");
  LineOptions by_capture;
  by_capture.split = fingerprint::SplitMode::capture;
  by_capture.folds = 2;
  EXPECT_EQ(failure(traces, by_capture), "2 folds need 2 captures, and the traces have 1: take fewer folds");
}

TEST(Lines, are_tested_on_chosen_days) {
  LineOptions options = by_day(1, 0.5);
  options.test_days = {2};
  for (const WatchedLine& line : watch_lines(home({{"cam", 1, 100}}, 4), options).lines)
    EXPECT_EQ(line.role == Role::test, line.interval.begin_of_day == 2 * traffic::day);
  options.test_days = {4};
  EXPECT_EQ(failure(home({{"cam", 1, 100}}, 4), options),
            "test_days: there is no day 4 to test on, but 1 to 3");
}

TEST(Lines, of_devices_that_are_off_are_up_and_silent_on_test_days_only) {
  LineOptions options = by_day(1, 0.5);
  options.off = {"plug"};
  const Lines lines = watch_lines(home({{"cam", 1, 100}, {"plug", 60, 50}}, 5), options);
  for (const WatchedLine& line : lines.lines)
    EXPECT_EQ(line.packets.empty(), line.device == "plug" && line.role == Role::test);
}

TEST(Lines, can_be_watched_for_equal_times_only) {
  auto traces = std::make_shared<traffic::Traces>();
  for (std::uint32_t capture = 0; capture < 6; ++capture)
    traces->add(
        message(capture, "cam", beat(capture * hour, capture * hour + (capture + 1) * minute, 1, 20)));
  traces->finish();
  LineOptions options;
  options.split = fingerprint::SplitMode::capture;
  options.watch = std::chrono::minutes(2);
  const Lines lines = watch_lines(traces, options);
  // The first capture lasts 59 s, the second one 119.
  EXPECT_EQ(lines.lines.size(), 4U);
  EXPECT_EQ(lines.notes, (std::vector<std::string>{"2 lines are up for less than watch_seconds, left out"}));
  for (const WatchedLine& line : lines.lines) {
    EXPECT_EQ(line.interval.end - line.interval.begin, 120 * second);
    EXPECT_EQ(line.packets.size(), 120U);
  }
}

TEST(Lines, name_devices_that_never_send) {
  auto traces = std::make_shared<traffic::Traces>();
  for (std::uint32_t capture = 0; capture < 4; ++capture)
    traces->add(message(capture, "cam", beat(capture * hour, capture * hour + minute, 1, 20)));
  traces->add(message(0, "phone", {}));
  traces->finish();
  LineOptions options;
  options.split = fingerprint::SplitMode::capture;
  EXPECT_EQ(watch_lines(traces, options).notes,
            (std::vector<std::string>{"devices without a packet, left out: phone"}));
}

TEST(Lines, that_cannot_be_divided_are_refused_by_name) {
  const auto traces = home({{"cam", 1, 100}}, 2);
  EXPECT_EQ(
      failure(traces, by_day(1, 0.5)),
      "the captures are of 2 days: a split by day needs 1 for warming up and at least 2 for training and "
      "testing; split by captures instead (--set split=capture, or split = \"capture\"), or record more "
      "days");
  LineOptions options = by_day(0, 0.5);
  options.off = {"door"};
  EXPECT_EQ(failure(traces, options), "'off': there is no device 'door' with packets");
  options.split = fingerprint::SplitMode::random;
  EXPECT_EQ(failure(traces, options),
            "split \"random\" is none that lines can follow: \"day\", \"leave_one_day_out\", \"capture\" or "
            "\"auto\"");
  EXPECT_EQ(failure(std::make_shared<traffic::Traces>(), by_day(0, 0.5)),
            "there are no packets of any device");
}

TEST(Lines, of_devices_that_are_first_seen_on_test_days_are_noted) {
  auto traces = std::make_shared<traffic::Traces>();
  for (int day = 0; day < 4; ++day)
    traces->add(message(0, "cam", beat(day * traffic::day, day * traffic::day + hour, 60, 10)));
  traces->add(message(1, "door", beat(3 * traffic::day, 3 * traffic::day + hour, 60, 10)));
  traces->finish();
  const Lines lines = watch_lines(traces, by_day(1, 0.3));
  ASSERT_EQ(lines.notes.size(), 1U);
  EXPECT_EQ(lines.notes.front(),
            "first seen on test lines, so that attackers know only how they are silent: door");
}

TEST(Lines, of_later_days_than_a_discriminator_knows_are_tested_on_their_own_last_days) {
  LineOptions options = by_day(1, 0.5);
  options.like.emplace();
  options.like->mode = fingerprint::SplitMode::day;
  options.like->test_days = {-3, -2};
  const Lines lines = watch_lines(home({{"cam", 1, 100}, {"plug", 60, 50}}, 5), options);
  EXPECT_EQ(lines.with(Role::test).size(), 4U);
  ASSERT_EQ(lines.notes.size(), 1U);
  EXPECT_EQ(
      lines.notes.front(),
      "the discriminator's test days are earlier than these captures; the last days here are for testing");
}

}  // namespace
}  // namespace ipet::comparison
