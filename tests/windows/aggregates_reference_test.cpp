// Aggregates of every device of a real home equal aggregates_reference.py, which shares no code with us.
#include "stages/windows/aggregation.hpp"
#include "tests/windows/real_home.hpp"

namespace ipet::windows::test {
namespace {

/// As texts, for the script takes them as exact fractions: 0.1 is a tenth there.
struct Mode {
  std::string agg_minutes, day_offset_hours;
};
using Case = std::tuple<RealDevice, Mode>;

Aggregates ours(const RealDevice& device, const AggregateSettings& settings) {
  Aggregates all;
  const auto flush = [&all](Aggregates& done) {
    all.features.insert(all.features.end(), done.features.begin(), done.features.end());
    all.start.insert(all.start.end(), done.start.begin(), done.start.end());
  };
  Aggregation aggregator(settings);
  read_packets(device.name, [&](const auto& packets) { aggregator.add(packets, flush); });
  aggregator.end(flush);
  return all;
}

class AggregatesOfARealDevice : public testing::TestWithParam<Case> {};

TEST_P(AggregatesOfARealDevice, EqualAnIndependentComputation) {
  const auto& [device, mode] = GetParam();
  if (!std::filesystem::exists(home)) GTEST_SKIP() << home << " is not here";
  const std::string output =
      run_reference("aggregates_reference.py", device, mode.agg_minutes + " " + mode.day_offset_hours);
  const auto expected = take_numbers<float>(output + ".features");
  const auto starts = take_numbers<traffic::Nanoseconds>(output + ".start");
  const Aggregates actual =
      ours(device, AggregateSettings::make(std::stod(mode.agg_minutes), std::stod(mode.day_offset_hours)));
  ASSERT_GT(starts.size(), 3u);
  EXPECT_EQ(actual.start, starts);
  EXPECT_EQ(actual.features, expected);
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const auto& [device, mode] = info.param;
  std::string name =
      std::string(device.name) + "_" + mode.agg_minutes + "_minutes_from_" + mode.day_offset_hours;
  for (char& c : name) c = c == '-' ? '_' : c == '.' ? 'p' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(AllDevices, AggregatesOfARealDevice,
                         testing::Combine(testing::ValuesIn(real_devices),
                                          testing::Values(Mode{"15", "0"}, Mode{"7", "14.5"},
                                                          Mode{"0.1", "-3"})),
                         name_of);

}  // namespace
}  // namespace ipet::windows::test
