// Windows that a discriminator learns from: computed when asked for, they are those that would have been
// kept.
#include <gtest/gtest.h>

#include "stages/fingerprint/window_feed.hpp"
#include "stages/generator_training/device_trainer.hpp"
#include "stages/generator_training/generator_training.hpp"
#include "stages/generator_training/replayed_windows.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::generator {
namespace {

constexpr std::size_t slots = 6, devices = 3, generations = 2;

/// Two generations of untrained generators in chain 1.
GeneratorSet random_set() {
  GeneratorSet set;
  set.devices = toy::names(devices);
  set.slots = slots;
  set.max_packets_per_omega = 5;
  set.max_payload_per_omega = 200;
  set.rows = RowKind::feasible;
  set.minimum_size = 20;
  set.chains.resize(2);
  for (std::uint64_t g = 0; g < generations; ++g) {
    Generation generation;
    for (std::uint64_t d = 0; d < devices; ++d)
      generation.devices.push_back(fresh_generator(slots, traffic::Random(10 * g + d)));
    set.chains[1].generations.push_back(generation);
  }
  return set;
}

class Replay : public testing::Test {
 protected:
  const fingerprint::LabelledWindows clean = toy::windows(devices, 37, slots, 1);
  const GeneratorSet set = random_set();

  /// Clean windows and both generations, kept.
  fingerprint::LabelledWindows kept() const {
    fingerprint::LabelledWindows all = clean;
    for (std::size_t g = 0; g < generations; ++g) all.append(perturb(clean, set, 1, g, 9));
    return all;
  }
  ReplayedWindows computed() const {
    ReplayedWindows windows(clean, set, 1, 9);
    windows.add_clean();
    for (std::size_t g = 0; g < generations; ++g) windows.add_generation(g);
    return windows;
  }
};

TEST_F(Replay, GivesTheBitsOfWindowsThatWereKept) {
  const fingerprint::LabelledWindows expected = kept();
  const ReplayedWindows windows = computed();
  ASSERT_EQ(windows.size(), 3 * clean.size());
  EXPECT_EQ(windows.label, expected.label);
  EXPECT_NE(expected.features, fingerprint::LabelledWindows(clean).features);
  const auto all = fingerprint::LabelledWindows(windows);
  EXPECT_EQ(all.features, expected.features);
  EXPECT_EQ(all.silence, expected.silence);
  // From the middle, across the border between two sets.
  std::vector<float> some(5 * clean.row_size());
  windows.read(clean.size() - 2, 5, some.data());
  const auto from =
      expected.features.begin() + static_cast<std::ptrdiff_t>((clean.size() - 2) * clean.row_size());
  EXPECT_TRUE(std::equal(some.begin(), some.end(), from));
}

TEST_F(Replay, ForgetsWhatWasThereBefore) {
  ReplayedWindows windows = computed();
  windows.clear();
  EXPECT_EQ(windows.size(), 0U);
  windows.add_generation(1);
  EXPECT_EQ(fingerprint::LabelledWindows(windows).features, perturb(clean, set, 1, 1, 9).features);
}

TEST_F(Replay, FeedsAnEpochAsWindowsInMemoryDo) {
  const fingerprint::LabelledWindows expected = kept();
  const ReplayedWindows windows = computed();
  const fingerprint::EpochOrder order(windows.size(), fingerprint::EpochOrder::whole, traffic::StreamKey(3));
  fingerprint::WindowFeed here(expected, order), there(windows, order);
  for (std::size_t left = windows.size(); left > 0;) {
    const std::size_t n = std::min<std::size_t>(left, 50);
    const auto a = here.take(n), b = there.take(n);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_TRUE(std::equal(a[i].features, a[i].features + clean.row_size(), b[i].features));
      EXPECT_EQ(a[i].silence, b[i].silence);
      EXPECT_EQ(a[i].label, b[i].label);
    }
    left -= n;
  }
}

}  // namespace
}  // namespace ipet::generator
