// Defences that go on from one day to the next.
#include <mutex>

#include <gtest/gtest.h>

#include "stages/comparison/observation.hpp"
#include "stages/unison/unison.hpp"
#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

/// A dummy every hour that says in its size how many there were before it on its line.
class HourCounter final : public defence::Defence {
 public:
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources&,
                                                                 const defence::Line&) const override {
    class Counting final : public defence::CoverSchedule {
     public:
      void begin(Nanoseconds time) override { next_ = time; }
      void user_packet(const DevicePacket&) override {}
      bool next(Nanoseconds until, DevicePacket& dummy) override {
        if (next_ >= until) return false;
        dummy = {next_, count_++, Direction::out, Protocol::udp, true};
        next_ += hour;
        return true;
      }
      void rest() override {}

     private:
      Nanoseconds next_ = 0;
      std::uint32_t count_ = 0;
    };
    return std::make_unique<Counting>();
  }
};

/// What was on the line before and what is on it, as one row: sizes before, then -1, then sizes.
class SizesView final : public attack::View {
 public:
  /// Rows have at least so many numbers, the last ones -2.
  explicit SizesView(Nanoseconds history, std::size_t width = 0) : history_(history), width_(width) {}
  [[nodiscard]] std::string name() const override { return "sizes"; }
  [[nodiscard]] std::vector<std::string> columns() const override { return {}; }
  [[nodiscard]] Nanoseconds history() const override { return history_; }
  [[nodiscard]] std::unique_ptr<attack::FeatureExtractor> open(
      const attack::Interval& interval) const override {
    class Sizes final : public attack::FeatureExtractor {
     public:
      Sizes(Nanoseconds begin, std::size_t width) : begin_(begin), width_(width) {}
      void remember(std::span<const DevicePacket> packets) override {
        add(packets, {});
        row_.push_back(-1);
      }
      void add(std::span<const DevicePacket> packets, const Sink&) override {
        for (const DevicePacket& packet : packets)
          if (packet.size < 100) row_.push_back(static_cast<float>(packet.size));
      }
      void end(const Sink& sink) override {
        row_.resize(std::max(row_.size(), width_), -2);
        sink(begin_, row_);
      }

     private:
      Nanoseconds begin_;
      std::size_t width_;
      std::vector<float> row_;
    };
    return std::make_unique<Sizes>(interval.begin, width_);
  }

 private:
  Nanoseconds history_;
  std::size_t width_;
};

/// Of the last day of a device whose days are its first two hours.
std::vector<float> last_day(bool run_on, Nanoseconds history,
                            const std::shared_ptr<const defence::Defence>& defence) {
  LineOptions by_day;
  by_day.split = fingerprint::SplitMode::day;
  const Lines lines = watch_lines(home({{"cam", 1800, 300}}, 4), by_day);
  const SizesView view(history);
  const Lens lens{&view, 0};
  ObservationOptions options;
  options.defence = defence.get();
  if (run_on) options.running_on = lines.lines;
  const Realisation last{&lines.lines[lines.with(Role::test).back()], 0, 7};
  fingerprint::Observer observer;
  return observe({&last, 1}, {&lens, 1}, options, observer).rows[0].values;
}

TEST(RunningOn, a_defence_begins_once_and_goes_on_over_midnight) {
  const auto counter = std::make_shared<HourCounter>();
  EXPECT_EQ(last_day(false, 0, counter), (std::vector<float>{0, 1}));
  EXPECT_EQ(last_day(true, 0, counter), (std::vector<float>{72, 73}));
}

TEST(RunningOn, who_looks_back_sees_what_was_on_the_line_while_somebody_recorded) {
  const auto counter = std::make_shared<HourCounter>();
  EXPECT_EQ(last_day(true, 25 * hour, counter), (std::vector<float>{48, 49, -1, 72, 73}));
  EXPECT_EQ(last_day(true, 23 * hour, counter), (std::vector<float>{49, -1, 72, 73}));
  EXPECT_EQ(last_day(true, 100 * hour, counter), (std::vector<float>{0, 1, 24, 25, 48, 49, -1, 72, 73}));
}

TEST(RunningOn, days_without_a_pause_between_them_share_no_packet) {
  // A packet every half second over midnight: the last second of a day is no part of the next one.
  auto traces = std::make_shared<traffic::Traces>();
  std::vector<DevicePacket> packets;
  for (int i = 0; i < 40; ++i)
    packets.push_back({traffic::day - 10 * second + i * second / 2, static_cast<std::uint32_t>(i),
                       Direction::out, Protocol::tcp, false});
  traces->add(message(0, "cam", packets));
  traces->finish();
  LineOptions by_day;
  by_day.split = fingerprint::SplitMode::day;
  by_day.warm_up_days = 0;
  const Lines lines = watch_lines(traces, by_day);
  ASSERT_EQ(lines.lines.size(), 2U);
  const SizesView view(hour, 41);
  const Lens lens{&view, 0};
  ObservationOptions options;
  options.running_on = lines.lines;
  const Realisation watched[] = {{&lines.lines[0], 0, 7}, {&lines.lines[1], 1, 7}};
  fingerprint::Observer observer;
  const attack::Rows rows = observe(watched, {&lens, 1}, options, observer).rows[0];
  std::vector<float> expected = {-1};  // nothing before the first day
  for (int i = 0; i < 20; ++i) expected.push_back(static_cast<float>(i));
  expected.resize(41, -2);
  for (int i = 0; i < 20; ++i) expected.push_back(static_cast<float>(i));
  expected.push_back(-1);
  for (int i = 20; i < 40; ++i) expected.push_back(static_cast<float>(i));
  EXPECT_EQ(rows.values, expected);
}

TEST(RunningOn, a_day_on_which_a_line_is_silent_knows_the_day_before) {
  auto traces = std::make_shared<traffic::Traces>();
  std::vector<DevicePacket> cam;
  for (const int day : {0, 1, 3})
    cam.push_back({day * traffic::day + hour, static_cast<std::uint32_t>(10 + day), Direction::out,
                   Protocol::tcp, false});
  traces->add(message(0, "cam", cam));
  std::vector<DevicePacket> plug;
  for (int day = 0; day < 4; ++day)
    for (const auto& packet : beat(day * traffic::day, day * traffic::day + 2 * hour, 600, 300))
      plug.push_back(packet);
  traces->add(message(0, "plug", plug));
  traces->finish();
  LineOptions by_day;
  by_day.split = fingerprint::SplitMode::day;
  const Lines lines = watch_lines(traces, by_day);
  const SizesView view(25 * hour);
  const Lens lens{&view, 0};
  ObservationOptions options;
  options.running_on = lines.lines;
  std::vector<Realisation> watched;
  for (const std::size_t i : lines.with(Role::test))
    if (lines.lines[i].device == "cam")
      watched.push_back({&lines.lines[i], static_cast<std::uint32_t>(watched.size()), 7});
  ASSERT_EQ(watched.size(), 2U);
  fingerprint::Observer observer;
  const attack::Rows rows = observe(watched, {&lens, 1}, options, observer).rows[0];
  EXPECT_EQ(rows.values, (std::vector<float>{11, -1, -1, 13}));
}

TEST(RunningOn, lines_that_are_made_together_go_on_together) {
  LineOptions by_day;
  by_day.split = fingerprint::SplitMode::day;
  const Lines lines = watch_lines(home({{"cam", 1800, 300}, {"plug", 1200, 50}}, 4), by_day);
  const SizesView view(25 * hour);
  const Lens lens{&view, 0};
  const defence::Unison unison({});
  ObservationOptions options;
  options.defence = &unison;
  options.running_on = lines.lines;
  std::vector<Realisation> realisations;
  for (const std::size_t i : lines.with(Role::test))
    realisations.push_back({&lines.lines[i], static_cast<std::uint32_t>(realisations.size()), 7});
  fingerprint::Observer observer;
  const attack::Rows rows = observe(realisations, {&lens, 1}, options, observer).rows[0];
  // Of both devices on both test days: six beats of the plug in two hours, and as many the day before.
  std::vector<float> one(6, 50), row = one;
  row.push_back(-1);
  row.insert(row.end(), one.begin(), one.end());
  ASSERT_EQ(rows.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(std::vector<float>(rows.row(i), rows.row(i) + 13), row) << i;
  EXPECT_EQ(rows.home, (std::vector<std::uint32_t>{0, 0, 1, 1}));
}

TEST(RunningOn, changes_nothing_where_there_is_no_defence) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 5));
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  fingerprint::Observer observer;
  const auto by_day = compare(in, options, observer).report;
  options.run_on = true;
  const auto running = compare(in, options, observer).report;
  ASSERT_EQ(running.scores.size(), by_day.scores.size());
  for (std::size_t i = 0; i < by_day.scores.size(); ++i)
    EXPECT_EQ(running.scores[i].confusion, by_day.scores[i].confusion) << by_day.scores[i].attacker;
}

TEST(RunningOn, costs_are_those_of_the_test_days) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}}, 5));
  in.defences = {{"hours", std::make_shared<HourCounter>()}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.run_on = true;
  fingerprint::Observer observer;
  const auto report = compare(in, options, observer).report;
  ASSERT_EQ(report.costs.size(), 2U);
  // Two test days of two hours: dummies of 0 and 1 bytes, twice.
  ASSERT_EQ(report.costs[1].overhead.rows.size(), 1U);
  const auto& row = report.costs[1].overhead.rows[0];
  EXPECT_EQ(row.sent[0].packets + row.sent[1].packets - row.user[0].packets - row.user[1].packets, 4U);
}

}  // namespace
}  // namespace ipet::comparison
