// What a defence costs, and defences at equal cost.
#include "stages/comparison/costs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

defence::MixSummary summary(const std::string& device, double seconds, std::uint32_t user,
                            std::uint32_t dummies) {
  defence::MixSummary made;
  made.device = device;
  made.covered = true;
  made.last = static_cast<Nanoseconds>(seconds * 1e9);
  for (std::uint32_t i = 0; i < user + dummies; ++i) {
    const DevicePacket packet{0, 46, Direction::out, Protocol::tcp, i >= user};
    made.sent[0].add(packet);
    (packet.dummy ? made.dummy : made.user)[0].add(packet);
  }
  made.peak_second = 1000 + dummies;
  return made;
}

TEST(Costs, are_rates_of_what_was_added_by_device_and_their_mean) {
  CostSum sum("dummies", "own", 1);
  // 46 bytes are 100 on the wire. cam: 20 dummies in 10 s on each of two days; plug: 5.
  const std::vector<defence::MixSummary> lines = {summary("cam", 10, 40, 20), summary("cam", 10, 40, 20),
                                                  summary("plug", 10, 0, 5)};
  sum.add(lines);
  const evaluation::Cost cost = sum.result(80);
  EXPECT_DOUBLE_EQ(cost.wire_bytes_per_second, (200.0 + 50.0) / 2);
  EXPECT_DOUBLE_EQ(cost.payload_bytes_per_second, (92.0 + 23.0) / 2);
  EXPECT_DOUBLE_EQ(cost.highest_payload_bytes_per_second, 92);
  EXPECT_DOUBLE_EQ(cost.percent, 100.0 * 45 / 80);
  EXPECT_DOUBLE_EQ(cost.peak_second, 1020);
  EXPECT_EQ(cost.over_budget, 1U);  // cam, 92 bytes/s
}

TEST(Costs, can_be_matched_by_scaling_a_defence) {
  LineOptions options;
  options.split = fingerprint::SplitMode::day;
  const Lines lines = watch_lines(home({{"cam", 10, 100}, {"plug", 60, 50}}, 4), options);
  fingerprint::Observer observer;
  const defence::Resources resources;
  const Meter meter(lines, resources, 1, observer);
  const RandomDummies cheap(0.01);
  // 100 bytes on the wire each: 0.01 a second are one byte a second, and 40 bytes/s take 0.4 a second.
  EXPECT_NEAR(meter.wire_bytes_per_second(cheap), 1, 0.3);
  const Match match = meter.match(cheap, 40);
  ASSERT_NE(match.defence, nullptr);
  EXPECT_NEAR(match.wire_bytes_per_second, 40, 0.03 * 40);
  EXPECT_NEAR(match.intensity, 40, 4);
}

TEST(Costs, of_defences_without_a_knob_cannot_be_matched) {
  class Fixed final : public defence::Defence {};
  LineOptions options;
  options.split = fingerprint::SplitMode::day;
  const Lines lines = watch_lines(home({{"cam", 10, 100}, {"plug", 60, 50}}, 4), options);
  fingerprint::Observer observer;
  const defence::Resources resources;
  EXPECT_EQ(Meter(lines, resources, 1, observer).match(Fixed(), 40).defence, nullptr);
}

TEST(Costs, that_cannot_be_matched_are_told_in_short_numbers) {
  /// Never more than a dummy of 100 bytes in five seconds.
  class Capped final : public defence::Defence {
   public:
    [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override {
      return std::make_shared<RandomDummies>(std::min(0.2 * intensity, 0.2));
    }
    [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                   const defence::Line& line) const override {
      return RandomDummies(0.2).schedule(resources, line);
    }
  };
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 4));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(1)}, {"capped", std::make_shared<Capped>()}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T2};
  options.matched_to = "dummies";
  options.repeats = 1;
  fingerprint::Observer observer;
  const auto notes = compare(in, options, observer).report.notes;
  ASSERT_EQ(notes.size(), 1U);
  // About 20 and 100 bytes/s, of three digits.
  EXPECT_THAT(notes.front(),
              testing::MatchesRegex("capped, matched: (19|2[0-9])(\\.[0-9])? bytes/s on the wire where "
                                    "dummies has (9[0-9](\\.[0-9])?|1[01][0-9])"));
}

}  // namespace
}  // namespace ipet::comparison
