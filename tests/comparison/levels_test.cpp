// The threat levels.
#include <gtest/gtest.h>

#include "stages/attack/keep_all.hpp"
#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

const std::vector<Beat> three = {{"cam", 30, 300}, {"plug", 60, 250}, {"bulb", 45, 200}};

Comparison run(const std::vector<Level>& levels, double rate, std::vector<NamedFilter> filters = {}) {
  ComparisonInputs in = inputs(home(three, 5));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(rate)}};
  in.filters = std::move(filters);
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = levels;
  options.repeats = 3;
  options.votes = {std::chrono::minutes(5), std::chrono::hours(1)};
  options.seed = 3;
  fingerprint::Observer observer;
  return compare(in, options, observer);
}

/// Knows that dummies have 46 bytes.
class KnowsTheSize final : public attack::PacketFilter {
 public:
  [[nodiscard]] std::unique_ptr<const attack::TrainedFilter> train(std::span<const attack::Excerpt> training,
                                                                   std::uint64_t,
                                                                   fingerprint::Observer&) const override {
    bool flags = false;
    for (const auto& excerpt : training)
      for (const DevicePacket& packet : excerpt.packets) flags = flags || packet.dummy;
    if (!flags) throw std::logic_error("a filter learns from flagged packets");
    class Filter final : public attack::TrainedFilter {
     public:
      [[nodiscard]] std::unique_ptr<attack::LineFilter> open(const attack::Interval&) const override {
        class Line final : public attack::LineFilter {
         public:
          void add(std::span<const DevicePacket> packets, const Sink& sink) override {
            for (const DevicePacket& packet : packets) {
              if (packet.dummy) throw std::logic_error("a filter sees a flag of what it filters");
              if (packet.size != 46) sink({&packet, 1});
            }
          }
          void end(const Sink&) override {}
        };
        return std::make_unique<Line>();
      }
    };
    return std::make_unique<Filter>();
  }
};

TEST(ThreatLevels, name_who_learned_from_what) {
  const auto report = run({Level::T0, Level::T1, Level::T2}, 1).report;
  EXPECT_NE(find(report, "none", "own", "T0", "nearest mean"), nullptr);
  EXPECT_EQ(find(report, "none", "own", "T1", "nearest mean"), nullptr);  // clean traffic has one copy only
  const auto* blind = find(report, "dummies", "own", "T0", "nearest mean");
  const auto* retrained = find(report, "dummies", "own", "T2", "nearest mean");
  ASSERT_NE(blind, nullptr);
  ASSERT_NE(retrained, nullptr);
  // 300 dummies in five minutes are far from every clean mean: one class is named for all.
  EXPECT_LT(blind->macro_f1, 0.2);
  EXPECT_GT(retrained->macro_f1, blind->macro_f1);
  EXPECT_NE(find(report, "dummies", "own", "T1", "nearest mean"), nullptr);
  EXPECT_NEAR(retrained->chance, 1.0 / 3, 1e-12);
}

TEST(ThreatLevels, add_filters_that_see_flags_only_while_they_learn) {
  const auto report = run({Level::T2, Level::T3}, 1, {{"size", std::make_shared<KnowsTheSize>()}}).report;
  const auto* filtered = find(report, "dummies", "own", "T3", "nearest mean behind size");
  const auto* clean = find(report, "none", "own", "T2", "nearest mean");
  ASSERT_NE(filtered, nullptr);
  EXPECT_EQ(filtered->confusion, clean->confusion);
}

TEST(ThreatLevels, are_as_without_a_filter_behind_one_that_finds_nothing) {
  class Clueless final : public attack::PacketFilter {
   public:
    [[nodiscard]] std::unique_ptr<const attack::TrainedFilter> train(std::span<const attack::Excerpt>,
                                                                     std::uint64_t,
                                                                     fingerprint::Observer&) const override {
      return std::make_unique<attack::KeepAll>();
    }
  };
  const auto report = run({Level::T2, Level::T3}, 1, {{"clueless", std::make_shared<Clueless>()}}).report;
  const auto* filtered =
      find(report, "dummies", "own", "T3", "nearest mean behind clueless, which keeps all");
  ASSERT_NE(filtered, nullptr);
  EXPECT_EQ(filtered->confusion, find(report, "dummies", "own", "T2", "nearest mean")->confusion);
}

TEST(ThreatLevels, vote_over_stretches_longer_than_a_row) {
  const auto report = run({Level::T2, Level::T4}, 1).report;
  EXPECT_EQ(find(report, "dummies", "own", "T4", "nearest mean, vote 5 min"), nullptr);  // a row is that long
  const auto* vote = find(report, "dummies", "own", "T4", "nearest mean, vote 60 min");
  const auto* single = find(report, "dummies", "own", "T2", "nearest mean");
  ASSERT_NE(vote, nullptr);
  EXPECT_EQ(vote->windows, 3 * 2 * 2U);  // three devices, two days, two hours
  EXPECT_EQ(vote->seconds, 3600);
  EXPECT_GE(vote->macro_f1, single->macro_f1);
}

}  // namespace
}  // namespace ipet::comparison
