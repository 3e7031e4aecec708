// Which minutes have an event, and who finds them.
#include "stages/detection/activity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "tests/detection/fixtures.hpp"

namespace ipet::detection {
namespace {

/// Each day is recorded from 30 s after ten o'clock on, three hours long: minutes of the clock are none of
/// the recording.
constexpr Nanoseconds from = 10 * hour + 30 * second, length = 3 * hour;

/// `days[d]`: minutes of the recording in which the cam has an event; the plug has none, ever.
std::shared_ptr<const traffic::Traces> recorded(const std::vector<std::vector<int>>& days) {
  auto traces = std::make_shared<traffic::Traces>();
  std::vector<DevicePacket> cam, plug;
  for (std::size_t day = 0; day < days.size(); ++day) {
    const Nanoseconds begin = static_cast<Nanoseconds>(day) * traffic::day + from;
    const auto add = [](std::vector<DevicePacket>& all, const std::vector<DevicePacket>& packets) {
      all.insert(all.end(), packets.begin(), packets.end());
    };
    add(cam, with_events(begin, length, days[day]));
    add(plug, with_events(begin, length, {}));
  }
  traces->add(message(0, "cam", cam));
  traces->add(message(0, "plug", plug));
  traces->finish();
  return traces;
}

const std::vector<int> twelve = {5, 20, 33, 41, 52, 67, 80, 99, 110, 131, 150, 170};

ActivityOptions minutes_by_day(defence::Topology topology = defence::Topology::device) {
  ActivityOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.lines.topology = topology;
  options.repeats = 2;
  options.draws = 3;
  return options;
}

/// Sure of minutes with packets of events.
std::shared_ptr<Counting> knowing() {
  return std::make_shared<Counting>(minute, std::vector<std::uint32_t>{500},
                                    [](const float* row) { return row[0] > 0 ? 0.9F : 0.1F; });
}

evaluation::DetectionReport activity_of_home(const comparison::ComparisonInputs& in,
                                             const ActivityOptions& options) {
  fingerprint::Observer observer;
  return find_activity(in, options, observer);
}

TEST(MinutesOfEvents, are_counted_from_the_begin_of_the_day_as_attackers_count_them) {
  const comparison::ComparisonInputs in = inputs(recorded({twelve, twelve, {7}}), knowing());
  const comparison::Lines lines = lines_of_devices(in, minutes_by_day());
  const ActivityGame game(lines, defence::Topology::device);
  ASSERT_EQ(game.targets(), (std::vector<std::string>{"cam", "plug"}));
  const Scene scene = game.scene(lines, traffic::StreamKey(1));
  for (std::size_t i = 0; i < scene.lines.lines.size(); ++i) {
    const comparison::WatchedLine& line = scene.lines.lines[i];
    // What attackers are asked about: from 10:00 to 13:00.
    std::vector<Nanoseconds> starts;
    SizeCounts(minute, {50}).open(line.interval)->end([&](Nanoseconds start, auto) {
      starts.push_back(start);
    });
    ASSERT_EQ(starts.size(), 180U);
    ASSERT_EQ(starts.front(), line.interval.begin_of_day + 10 * hour);
    std::set<Nanoseconds> found;
    for (const Nanoseconds start : starts) {
      EXPECT_EQ(scene.truth(0, i, start) == Answer::unasked, line.device != "cam");
      if (scene.truth(0, i, start) == Answer::yes) found.insert(start);
    }
    std::set<Nanoseconds> expected;  // 50 s after the full minute, for less than a second
    for (const int event : line.interval.begin_of_day == 2 * traffic::day ? std::vector<int>{7} : twelve)
      if (line.device == "cam") expected.insert(line.interval.begin_of_day + 10 * hour + event * minute);
    EXPECT_EQ(found, expected) << line.device;
  }
}

TEST(DetectorsOfEvents, that_know_all_have_one_and_that_guess_the_base_rate) {
  for (const auto topology : {defence::Topology::device, defence::Topology::home}) {
    const auto guessing = std::make_shared<Counting>(minute, std::vector<std::uint32_t>{500},
                                                     [](const float*) { return 0.5F; });
    const auto traces = recorded({twelve, twelve, twelve});
    for (const auto& attacker : {knowing(), guessing}) {
      const evaluation::DetectionReport report =
          activity_of_home(inputs(traces, attacker), minutes_by_day(topology));
      const evaluation::Detection& cam = row_of(report, "none", "T0", "cam", 60);
      EXPECT_EQ(cam.moments, 180);
      EXPECT_EQ(cam.positives, 12);
      EXPECT_TRUE(cam.judged);
      EXPECT_EQ(cam.draws, 1U);  // nothing is drawn
      EXPECT_DOUBLE_EQ(cam.average_precision.mean, attacker == guessing ? 12 / 180.0 : 1);
      EXPECT_DOUBLE_EQ(cam.area_under_curve.mean, attacker == guessing ? 0.5 : 1);
      EXPECT_THAT(report.notes,
                  testing::Contains(testing::HasSubstr("cam: 36 of 540 minutes have an event (0.0667)")));
    }
  }
}

TEST(DetectorsOfEvents, of_a_device_without_any_are_shown_and_not_judged) {
  const evaluation::DetectionReport report =
      activity_of_home(inputs(recorded({twelve, twelve, twelve}), knowing()), minutes_by_day());
  const evaluation::Detection& plug = row_of(report, "none", "T2", "plug", 60);
  EXPECT_EQ(plug.moments, 180);
  EXPECT_EQ(plug.positives, 0);
  EXPECT_TRUE(std::isnan(plug.average_precision.mean));
  EXPECT_FALSE(plug.judged);
  EXPECT_THAT(report.notes, testing::Contains("in all that was trained on always the same, so that nothing "
                                              "is learned, and scores are those of a guess: plug"));
  EXPECT_THAT(report.notes,
              testing::Contains("not judged, since fewer than 10 moments, or all but so many, are so: "
                                "plug (0 of 180)"));
}

TEST(DetectorsOfEvents, are_fooled_by_dummies_that_look_like_events) {
  comparison::ComparisonInputs in =
      inputs(recorded({twelve, twelve, twelve}),
             std::make_shared<Counting>(minute, std::vector<std::uint32_t>{46, 500},
                                        [](const float* row) { return row[0] + row[1] > 0 ? 0.9F : 0.1F; }));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(0.02)}};
  const evaluation::DetectionReport report = activity_of_home(in, minutes_by_day(defence::Topology::home));
  for (const char* level : {"T0", "T1", "T2"}) {
    const evaluation::Detection& cam = row_of(report, "dummies", level, "cam", 60);
    EXPECT_EQ(cam.draws, 3U) << level;
    EXPECT_LT(cam.average_precision.mean, 0.2) << level;  // 7 of 10 minutes have a dummy
    EXPECT_LT(cam.average_precision.low, cam.average_precision.high) << level;
  }
  // One line of 100 bytes on the wire, 0.02 times a second.
  ASSERT_EQ(report.costs.size(), 2U);
  EXPECT_EQ(report.costs[1].overhead.rows.size(), 1U);
  EXPECT_NEAR(report.costs[1].wire_bytes_per_second, 2, 0.4);
}

TEST(RowsOfAGame, are_made_once_for_all_targets) {
  const auto attacker = knowing();
  comparison::ComparisonInputs in = inputs(recorded({twelve, twelve, twelve}), attacker);
  in.defences = {{"dummies", std::make_shared<RandomDummies>(0.02)}};
  ActivityOptions options = minutes_by_day(defence::Topology::home);
  options.levels = {Level::T0, Level::T2};
  attacker->view().opened = 0;
  activity_of_home(in, options);
  // Rows of nothing that say how long they are, in the check and for the report; then one line on one day for
  // training and one for testing: once undefended, and in two copies and three draws.
  EXPECT_EQ(attacker->view().opened, 2 + (1 + 1) + (2 + 3U));
}

TEST(RollingOrigins, learn_from_all_days_before) {
  const auto attacker = knowing();
  ActivityOptions options = minutes_by_day();
  options.levels = {Level::T0};
  options.lines.test_fraction = 0.5;
  options.origins = 2;
  const auto report =
      activity_of_home(inputs(recorded({twelve, twelve, twelve, twelve, twelve}), attacker), options);
  EXPECT_EQ(row_of(report, "none", "T0", "cam", 60).positives, 24);
  std::set<std::set<std::int64_t>> days;
  for (const std::set<Nanoseconds>& starts : attacker->learned) {
    std::set<std::int64_t> of;
    for (const Nanoseconds start : starts) of.insert(start / traffic::day);
    days.insert(of);
  }
  EXPECT_EQ(days, (std::set<std::set<std::int64_t>>{{1, 2}, {1, 2, 3}}));
}

TEST(DefencesThatRunOn, begin_with_the_first_day_and_cost_what_each_day_costs) {
  struct Beginning final : defence::Defence {
    [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                   const defence::Line& line) const override {
      const std::lock_guard lock(mutex);
      begins.insert(line.up->begin / traffic::day);
      return RandomDummies(0.02).schedule(resources, line);
    }
    mutable std::mutex mutex;
    mutable std::set<std::int64_t> begins;
  };
  for (const bool run_on : {false, true}) {
    const auto defence = std::make_shared<Beginning>();
    comparison::ComparisonInputs in = inputs(recorded({twelve, twelve, twelve}), knowing());
    in.defences = {{"it", defence}};
    ActivityOptions options = minutes_by_day(defence::Topology::home);
    options.run_on = run_on;
    const evaluation::DetectionReport report = activity_of_home(in, options);
    // The day for training and the one for testing; or the one for warming up, and for costs that for
    // testing.
    EXPECT_EQ(defence->begins, (run_on ? std::set<std::int64_t>{0, 2} : std::set<std::int64_t>{1, 2}));
    EXPECT_NEAR(report.costs[1].wire_bytes_per_second, 2, 0.5);
    EXPECT_EQ(row_of(report, "it", "T2", "cam", 60).moments, 180);
    EXPECT_EQ(row_of(report, "it", "T2", "cam", 60).positives, 12);
  }
}

TEST(Games, do_not_depend_on_the_number_of_threads) {
  comparison::ComparisonInputs in =
      inputs(recorded({twelve, twelve, twelve}),
             std::make_shared<Counting>(minute, std::vector<std::uint32_t>{46, 50, 500}));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(0.02)}};
  const auto figures = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    std::vector<double> all;
    for (const evaluation::Detection& row : activity_of_home(in, minutes_by_day()).detections)
      if (row.target == "cam")
        for (const double figure :
             {row.average_precision.mean, row.average_precision.low, row.area_under_curve.mean})
          if (!std::isnan(figure)) all.push_back(figure);
    return all;
  };
  const std::vector<double> one = figures(1);
  EXPECT_GT(one.size(), 10U);
  EXPECT_EQ(one, figures(4));
}

}  // namespace
}  // namespace ipet::detection
