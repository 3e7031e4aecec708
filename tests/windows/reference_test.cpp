// Features, silence and start of every device of a real home equal windows_reference.py, which shares no code
// with us.
#include "stages/windows/windowing.hpp"
#include "tests/windows/real_home.hpp"

namespace ipet::windows::test {
namespace {

using namespace std::chrono_literals;

struct Mode {
  std::chrono::nanoseconds total_time, omega;
  Placement placement;
  Silence silence;
};

Windows reference(const RealDevice& device, const Mode& mode, const WindowSettings& settings) {
  const std::string output = run_reference("windows_reference.py", device,
                                           std::to_string(settings.total_time.count()) + " " +
                                               std::to_string(settings.omega.count()) +
                                               (mode.placement == Placement::tiled ? " tiled" : " anchored") +
                                               (mode.silence == Silence::after ? " after" : " before"));
  return {take_numbers<float>(output + ".features"), take_numbers<double>(output + ".silence"),
          take_numbers<traffic::Nanoseconds>(output + ".start")};
}

Windows ours(const RealDevice& device, const WindowSettings& settings) {
  Windows all;
  const auto flush = [&all](Windows& done) {
    all.features.insert(all.features.end(), done.features.begin(), done.features.end());
    all.silence.insert(all.silence.end(), done.silence.begin(), done.silence.end());
    all.start.insert(all.start.end(), done.start.begin(), done.start.end());
  };
  Windowing windower(settings);
  read_packets(device.name, [&](const auto& packets) { windower.add(packets, flush); });
  windower.end(flush);
  return all;
}

using Case = std::tuple<RealDevice, Mode>;
class WindowsOfARealDevice : public testing::TestWithParam<Case> {};

TEST_P(WindowsOfARealDevice, EqualAnIndependentComputation) {
  const auto& [device, mode] = GetParam();
  if (!std::filesystem::exists(home)) GTEST_SKIP() << home << " is not here";
  const auto settings = WindowSettings{mode.total_time, mode.omega, mode.placement, mode.silence};
  const Windows expected = reference(device, mode, settings), actual = ours(device, settings);
  ASSERT_GT(expected.size(), 20u);
  EXPECT_EQ(actual.start, expected.start);
  EXPECT_TRUE(actual.silence == expected.silence);
  EXPECT_TRUE(actual.features == expected.features);
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const auto& [device, mode] = info.param;
  std::string name = std::string(device.name) + "_" + std::to_string(mode.total_time / 1s) + "_s_" +
                     (mode.placement == Placement::tiled ? "tiled" : "anchored") + "_silence_" +
                     (mode.silence == Silence::after ? "after" : "before");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    AllDevicesAndModes, WindowsOfARealDevice,
    testing::Combine(testing::ValuesIn(real_devices),
                     testing::Values(Mode{4s, 100ms, Placement::anchored, Silence::before},
                                     Mode{4s, 100ms, Placement::anchored, Silence::after},
                                     Mode{60s, 1500ms, Placement::tiled, Silence::before},
                                     Mode{60s, 1500ms, Placement::tiled, Silence::after})),
    name_of);
INSTANTIATE_TEST_SUITE_P(OtherShapes, WindowsOfARealDevice,
                         testing::Combine(testing::Values(real_devices[0]),
                                          testing::Values(Mode{30s, 500ms, Placement::tiled, Silence::before},
                                                          Mode{12s, 250ms, Placement::anchored,
                                                               Silence::after})),
                         name_of);

}  // namespace
}  // namespace ipet::windows::test
