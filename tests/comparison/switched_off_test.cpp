// Devices that are switched off on the test days.
#include <gtest/gtest.h>

#include "stages/defence/none.hpp"
#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

/// Notes the pool that it is given.
class Curious final : public defence::Defence {
 public:
  void check(const defence::Resources& resources) const override {
    pool = resources.get<traffic::Traces>("pool");
  }
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources&,
                                                                 const defence::Line&) const override {
    return std::make_unique<defence::None::Nothing>();
  }
  mutable std::shared_ptr<const traffic::Traces> pool;
};

TEST(SwitchedOff, devices_are_not_recorded_any_more_either) {
  const auto traces = home({{"cam", 30, 300}, {"plug", 60, 250}}, 5);
  ComparisonInputs in = inputs(traces);
  const auto curious = std::make_shared<Curious>();
  in.defences = {{"curious", curious}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.lines.off = {"cam"};
  options.levels = {Level::T0};
  fingerprint::Observer observer;
  compare(in, options, observer);
  ASSERT_NE(curious->pool, nullptr);
  // Two hours of each of five days, of which the last two are for testing.
  EXPECT_EQ(curious->pool->traces[0].packets.size(), 3 * 240U);
  EXPECT_EQ(curious->pool->traces[1].packets.size(), 5 * 120U);
  EXPECT_EQ(traces->traces[0].packets.size(), 5 * 240U);
}

}  // namespace
}  // namespace ipet::comparison
