// Dividing windows, and dividing defended windows the same way.
#include "stages/dataset/split.hpp"

#include <array>
#include <map>

#include <gmock/gmock.h>

#include "stages/dataset/dataset.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::fingerprint {
namespace {

constexpr traffic::Nanoseconds monday = 19'000 * traffic::day;

struct Set : windows::WindowSet {
  Set(std::vector<std::string> device_names, std::vector<std::string> capture_names) {
    slots = 1;
    omega = 1;
    devices = std::move(device_names);
    captures = std::move(capture_names);
  }
  void put(std::uint16_t d, std::uint32_t c, traffic::Nanoseconds at, int count = 1) {
    for (int i = 0; i < count; ++i) {
      features.insert(features.end(), {1, 2, 3, 4});
      silence.push_back(0);
      device.push_back(d);
      capture.push_back(c);
      start.push_back(at + i * traffic::second);
    }
  }
};

std::vector<std::size_t> everything(const windows::WindowSet& set) {
  std::vector<std::string> limited;
  return subsample(set, 0, 0, limited);
}

std::vector<std::string> capture_names(int count) {
  std::vector<std::string> names;
  for (int c = 0; c < count; ++c) names.push_back("capture-" + std::to_string(100 + c));
  return names;
}

/// Two devices with ten captures each, a third with two.
Set laboratory() {
  Set set({"bulb", "camera", "plug"}, capture_names(22));
  for (std::uint32_t c = 0; c < 20; ++c) {
    set.put(c < 10 ? 0 : 1, c, monday + c * 60 * traffic::second, 5);
    set.put(2, c, monday + c * 60 * traffic::second, 1);  // the plug is heard in all of them
  }
  set.put(2, 20, monday, 5);
  set.put(2, 21, monday, 5);
  return set;
}

TEST(SplitByCapture, HoldsBackTwoOfTenCapturesOfEachDeviceForEachPart) {
  const Set set = laboratory();
  SplitOptions options;
  options.mode = SplitMode::capture;
  const Split split = decide_split(set, options);
  // round(0.15 * 10) = 2 captures per part and device group.
  ASSERT_EQ(split.record.test_captures.size(), 4U);
  ASSERT_EQ(split.record.validation_captures.size(), 4U);
  int of_bulb = 0;
  for (const std::string& name : split.record.test_captures) of_bulb += name < "capture-110" ? 1 : 0;
  EXPECT_EQ(of_bulb, 2);
  ASSERT_EQ(split.warnings.size(), 1U);
  EXPECT_EQ(split.warnings[0], "fewer than 3 captures, all used for training: plug");
  std::map<std::uint32_t, Part> part_of_capture;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const Part part =
        part_of(split.record, set.devices[set.device[i]], set.captures[set.capture[i]], set.start[i]);
    const auto [found, fresh] = part_of_capture.emplace(set.capture[i], part);
    EXPECT_EQ(found->second, part) << "a capture is in two parts";
    if (set.capture[i] >= 20) {
      EXPECT_EQ(part, Part::training);
    }
  }
}

TEST(SplitByCapture, ThreeCapturesGiveOneToEachPart) {
  Set set({"bulb"}, capture_names(3));
  for (std::uint32_t c = 0; c < 3; ++c) set.put(0, c, monday, 2);
  const Split split = decide_split(set, {});
  EXPECT_EQ(split.record.mode, SplitMode::capture);
  const auto all = everything(set);
  EXPECT_EQ(select(split.record, set, all, Part::training).size(), 2U);
  EXPECT_EQ(select(split.record, set, all, Part::validation).size(), 2U);
  EXPECT_EQ(select(split.record, set, all, Part::test).size(), 2U);
}

TEST(SplitByCapture, ChoosesOtherCapturesForAnotherSeed) {
  SplitOptions options;
  const auto first = decide_split(laboratory(), options).record.test_captures;
  EXPECT_EQ(decide_split(laboratory(), options).record.test_captures, first);
  int different = 0;
  for (options.seed = 1; options.seed < 5; ++options.seed)
    different += decide_split(laboratory(), options).record.test_captures != first ? 1 : 0;
  EXPECT_GT(different, 0);
}

TEST(SplitByCapture, DividesCapturesOfAWholeHomeWhoeverIsBusiestInEach) {
  // The bulb leads in two captures, the camera in two: neither alone has the three that a split needs.
  Set set({"bulb", "camera"}, capture_names(4));
  for (std::uint32_t c = 0; c < 4; ++c) {
    set.put(0, c, monday, c < 2 ? 5 : 2);
    set.put(1, c, monday, c < 2 ? 2 : 5);
  }
  const Split split = decide_split(set, {});
  EXPECT_EQ(split.record.mode, SplitMode::capture);
  EXPECT_EQ(split.record.test_captures.size(), 1U);
  EXPECT_EQ(split.record.validation_captures.size(), 1U);
  EXPECT_TRUE(split.warnings.empty());
}

TEST(SplitByDay, TheLastDaysAreForTestingAndThoseBeforeForValidation) {
  Set set({"bulb", "camera"}, {"one"});
  for (int day = 0; day < 7; ++day)
    set.put(static_cast<std::uint16_t>(day % 2), 0, monday + day * traffic::day);
  SplitOptions options;
  options.mode = SplitMode::day;
  const Split split = decide_split(set, options);
  // round(0.15 * 7) = 1
  EXPECT_EQ(split.record.test_days, std::vector<std::int64_t>{19'006});
  EXPECT_EQ(split.record.validation_days, std::vector<std::int64_t>{19'005});
  EXPECT_EQ(part_of(split.record, "bulb", "one", monday + 5 * traffic::day - 1), Part::training);
  EXPECT_EQ(part_of(split.record, "bulb", "one", monday + 5 * traffic::day), Part::validation);
  EXPECT_EQ(part_of(split.record, "camera", "one", monday + 6 * traffic::day), Part::test);
}

TEST(SplitByDay, TestsOnEarlierDaysWhereADeviceFallsSilentBeforeTheEnd) {
  Set set({"bulb", "camera"}, {"one"});
  for (int day = 0; day < 7; ++day) set.put(0, 0, monday + day * traffic::day);
  for (int day = 0; day < 5; ++day) set.put(1, 0, monday + day * traffic::day);
  SplitOptions options;
  options.mode = SplitMode::day;
  const Split split = decide_split(set, options);
  EXPECT_EQ(split.record.test_days, std::vector<std::int64_t>{19'004});  // the camera's last day
  EXPECT_EQ(split.record.validation_days, std::vector<std::int64_t>{19'003});
  EXPECT_EQ(part_of(split.record, "bulb", "one", monday + 6 * traffic::day), Part::training);
  EXPECT_TRUE(split.warnings.empty());
}

TEST(SplitByDay, DaysAreLocal) {
  EXPECT_EQ(traffic::day_of(monday - 1, 0), 18'999);
  EXPECT_EQ(traffic::day_of(monday - 1, -1), 19'000);  // begins an hour before midnight
  EXPECT_EQ(traffic::day_of(monday, 0.5), 18'999);     // begins at 0:30
  EXPECT_EQ(traffic::day_of(-1, 0), -1);
}

TEST(SplitByDay, SaysSoWhenThereAreTooFewDays) {
  Set set({"bulb"}, {"one"});
  set.put(0, 0, monday, 5);
  SplitOptions options;
  options.mode = SplitMode::day;
  const Split split = decide_split(set, options);
  EXPECT_EQ(select(split.record, set, everything(set), Part::training).size(), 5U);
  ASSERT_FALSE(split.warnings.empty());
  EXPECT_EQ(split.warnings[0],
            "the windows span 1 day, and a split by day needs 3: all are used for training");
}

TEST(SplitAtRandom, KeepsToTheFractionsAndDealsMinutesOutWhole) {
  Set set({"bulb"}, {"one"});
  for (int minute = 0; minute < 2000; ++minute) set.put(0, 0, monday + minute * 60 * traffic::second, 2);
  SplitOptions options;
  options.mode = SplitMode::random;
  const Split split = decide_split(set, options);
  const auto all = everything(set);
  EXPECT_NEAR(static_cast<double>(select(split.record, set, all, Part::test).size()), 600, 120);
  EXPECT_NEAR(static_cast<double>(select(split.record, set, all, Part::validation).size()), 600, 120);
  for (std::size_t i = 0; i < set.size(); i += 2)
    EXPECT_EQ(part_of(split.record, "bulb", "one", set.start[i]),
              part_of(split.record, "bulb", "one", set.start[i + 1]));
}

TEST(SplitAtRandom, TestsADeviceThatIsHeardForTenMinutes) {
  // Independent draws would leave one in five without a test window: 0.85^10 = 0.2.
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Set set({"bulb"}, {"one"});
    for (int minute = 0; minute < 10; ++minute) set.put(0, 0, monday + minute * 60 * traffic::second);
    SplitOptions options;
    options.mode = SplitMode::random;
    options.seed = seed;
    const Split split = decide_split(set, options);
    for (const Part part : {Part::training, Part::validation, Part::test})
      ASSERT_FALSE(select(split.record, set, everything(set), part).empty()) << "seed " << seed;
  }
}

TEST(SplitShuffled, DealsOutSingleWindowsAndKeepsToTheFractions) {
  Set set({"bulb"}, {"one"});
  set.put(0, 0, monday, 4000);  // one a second
  SplitOptions options;
  options.mode = SplitMode::shuffled;
  options.test_fraction = 0.3;
  options.validation_fraction = 0.1;
  const Split split = decide_split(set, options);
  const auto all = everything(set);
  // Four standard deviations of a binomial count: sqrt(4000 * 0.3 * 0.7) = 29, sqrt(4000 * 0.1 * 0.9) = 19.
  EXPECT_NEAR(static_cast<double>(select(split.record, set, all, Part::test).size()), 1200, 116);
  EXPECT_NEAR(static_cast<double>(select(split.record, set, all, Part::validation).size()), 400, 76);
  // Neighbours share a part no more often than chance has it: 0.3^2 + 0.1^2 + 0.6^2 = 0.46.
  int together = 0;
  for (std::size_t i = 1; i < set.size(); ++i)
    together += part_of(split.record, "bulb", "one", set.start[i - 1]) ==
                        part_of(split.record, "bulb", "one", set.start[i])
                    ? 1
                    : 0;
  EXPECT_NEAR(together / 3999.0, 0.46, 0.04);
}

TEST(SplitShuffled, DependsOnSeedDeviceAndCapture) {
  SplitOptions options;
  options.mode = SplitMode::shuffled;
  const SplitRecord one = decide_split(laboratory(), options).record;
  options.seed = 1;
  const SplitRecord other = decide_split(laboratory(), options).record;
  int by_seed = 0, by_device = 0, by_capture = 0;
  for (int i = 0; i < 100; ++i) {
    const auto at = monday + i * traffic::second;
    const Part part = part_of(one, "bulb", "a", at);
    EXPECT_EQ(part, part_of(one, "bulb", "a", at));
    by_seed += part != part_of(other, "bulb", "a", at) ? 1 : 0;
    by_device += part != part_of(one, "camera", "a", at) ? 1 : 0;
    by_capture += part != part_of(one, "bulb", "b", at) ? 1 : 0;
  }
  for (const int different : {by_seed, by_device, by_capture}) EXPECT_GT(different, 20);
}

TEST(ValidateOnTest, MakesTheTestPartTheValidationPartToo) {
  for (const SplitMode mode : {SplitMode::capture, SplitMode::day, SplitMode::random, SplitMode::shuffled}) {
    Set set({"bulb"}, capture_names(10));
    for (std::uint32_t c = 0; c < 10; ++c) set.put(0, c, monday + c * traffic::day, 100);
    SplitOptions options;
    options.mode = mode;
    options.test_fraction = 0.3;
    options.validation_fraction = 0.8;  // does not count
    options.validate_on_test = true;
    const SplitRecord record = decide_split(set, options).record;
    EXPECT_TRUE(record.validate_on_test);
    EXPECT_EQ(record.validation_fraction, 0);
    const auto all = everything(set);
    const auto test = select(record, set, all, Part::test);
    EXPECT_EQ(select(record, set, all, Part::validation), test) << text::word_of(split_modes, mode);
    EXPECT_EQ(select(record, set, all, Part::training).size() + test.size(), set.size())
        << text::word_of(split_modes, mode);
    EXPECT_NEAR(static_cast<double>(test.size()), 300, 100) << text::word_of(split_modes, mode);
  }
}

TEST(ValidateOnTest, NeedsTwoCapturesOrDaysOnly) {
  Set set({"bulb"}, capture_names(2));
  for (std::uint32_t c = 0; c < 2; ++c) set.put(0, c, monday + c * traffic::day, 2);
  SplitOptions options;
  options.validate_on_test = true;
  for (const SplitMode mode : {SplitMode::capture, SplitMode::day}) {
    options.mode = mode;
    const Split split = decide_split(set, options);
    EXPECT_EQ(select(split.record, set, everything(set), Part::training).size(), 2U)
        << text::word_of(split_modes, mode);
    EXPECT_EQ(select(split.record, set, everything(set), Part::test).size(), 2U)
        << text::word_of(split_modes, mode);
    EXPECT_TRUE(split.warnings.empty()) << text::word_of(split_modes, mode);
  }
}

TEST(Split, ReportsDevicesThatCannotBeBothTrainedOnAndTested) {
  // Six days of a bulb; a lamp with one window, a plug on the first day only, a guest on the last day only.
  Set set({"bulb", "lamp", "plug", "guest", "mute"}, {"one"});
  for (int day = 0; day < 6; ++day) set.put(0, 0, monday + day * traffic::day, 3);
  set.put(1, 0, monday);
  set.put(2, 0, monday, 2);
  set.put(3, 0, monday + 5 * traffic::day, 2);
  SplitOptions options;
  options.mode = SplitMode::day;
  EXPECT_EQ(decide_split(set, options).warnings,
            (std::vector<std::string>{"too few windows (one) to both train on and test: lamp",
                                      "no test windows: plug",
                                      "no training windows, so these can never be named: guest"}));
}

TEST(SplitAutomatically, PrefersCapturesThenDaysThenChance) {
  EXPECT_EQ(decide_split(laboratory(), {}).record.mode, SplitMode::capture);
  Set days({"bulb"}, {"one"});
  for (int day = 0; day < 3; ++day) days.put(0, 0, monday + day * traffic::day);
  EXPECT_EQ(decide_split(days, {}).record.mode, SplitMode::day);
  Set hour({"bulb"}, {"one"});
  hour.put(0, 0, monday, 100);
  const Split split = decide_split(hour, {});
  EXPECT_EQ(split.record.mode, SplitMode::random);
  ASSERT_FALSE(split.warnings.empty());
  EXPECT_NE(split.warnings[0].find("split at random"), std::string::npos);
}

TEST(Split, GivesDefendedWindowsOfACaptureThePartOfTheCleanOnes) {
  const Set clean = laboratory();
  const Split split = decide_split(clean, {});
  // Defended windows start elsewhere, are more, belong to other devices first, and number captures anew.
  Set defended({"plug", "camera", "bulb"}, {});
  defended.captures.assign(clean.captures.rbegin(), clean.captures.rend());
  for (std::uint32_t c = 0; c < 22; ++c) defended.put(2, c, monday + 17, 3);
  for (std::size_t i = 0; i < defended.size(); ++i) {
    const std::string& name = defended.captures[defended.capture[i]];
    EXPECT_EQ(part_of(split.record, "bulb", name, defended.start[i]),
              part_of(split.record, "bulb", name, monday));
  }
  EXPECT_EQ(select(split.record, defended, everything(defended), Part::test).size(), 4U * 3);
}

TEST(Split, RefusesImpossibleFractions) {
  SplitOptions options;
  options.test_fraction = 0.9;
  EXPECT_THAT(
      fault(options),
      testing::Pair("test_fraction", "validation_fraction + test_fraction must leave a part for training"));
  EXPECT_THROW(decide_split(laboratory(), options), std::invalid_argument);
  options.test_fraction = -0.1;
  EXPECT_EQ(fault(options).first, "test_fraction");
}

TEST(Dataset, NamesDevicesWithAndWithoutWindows) {
  Set set({"bulb", "camera", "plug"}, {"one"});
  set.put(2, 0, monday);
  EXPECT_EQ(classes_of(set), (std::vector<std::string>{"plug"}));
  EXPECT_EQ(join(devices_without_windows(set)), "bulb, camera");
}

TEST(Dataset, SubsamplesTheSameWindowsForTheSameSeed) {
  Set set({"bulb", "camera"}, {"one"});
  set.put(0, 0, monday, 100);
  set.put(1, 0, monday, 7);
  std::vector<std::string> limited;
  const auto chosen = subsample(set, 10, 1, limited);
  EXPECT_EQ(chosen.size(), 17U);
  EXPECT_EQ(limited, std::vector<std::string>{"bulb"});
  EXPECT_EQ(subsample(set, 10, 1, limited), chosen);
  EXPECT_NE(subsample(set, 10, 2, limited), chosen);
}

TEST(Dataset, GathersByNameAndCountsUnknownDevices) {
  Set set({"bulb", "camera"}, {"one"});
  set.put(0, 0, monday, 2);
  set.put(1, 0, monday, 3);
  std::size_t unknown = 0;
  const LabelledWindows data = gather(set, everything(set), {"sensor", "camera"}, unknown);
  EXPECT_EQ(unknown, 2U);
  EXPECT_EQ(data.label, (std::vector<std::uint16_t>{1, 1, 1}));
  EXPECT_EQ(data.features.size(), 12U);
}

std::string refusal(const Set& set, const SplitOptions& options) {
  try {
    (void)decide_split(set, options);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(LeastDays, AreAskedForBeforeAnythingIsTrained) {
  Set one_day({"cam"}, {"a", "b", "c"});
  for (std::uint32_t c = 0; c < 3; ++c) one_day.put(0, c, monday + c * 3600 * traffic::second, 20);
  SplitOptions options;
  options.mode = SplitMode::day;
  EXPECT_EQ(refusal(one_day, options), "no error") << "a warning, as before";
  options.least_days = 3;
  EXPECT_EQ(
      refusal(one_day, options),
      "the captures are of 1 day, and what is compared by day needs 3: one or more that defences learn from, "
      "and others to train and test attackers; split by captures instead (--set split=capture), or record "
      "more days");
  options.mode = SplitMode::capture;
  EXPECT_EQ(refusal(one_day, options), "no error") << "as it says";
  Set one_capture({"cam"}, {"a"});
  one_capture.put(0, 0, monday, 20);
  EXPECT_EQ(
      refusal(one_capture, options),
      "a split by capture leaves nothing to test on: there are 1, and captures with the same most frequent "
      "device are divided, of which 3 are needed; record more, or cut them into several");
  options.mode = SplitMode::day;
  EXPECT_EQ(
      refusal(one_capture, options),
      "the captures are of 1 day, and what is compared by day needs 3: one or more that defences learn from, "
      "and others to train and test attackers; record more days");
  Set three_days({"cam"}, {"a"});
  for (int d = 0; d < 3; ++d) three_days.put(0, 0, monday + d * traffic::day, 20);
  EXPECT_EQ(refusal(three_days, options), "no error");
}

TEST(Split, NamesAllDevicesWhenNothingIsHeldBackForTesting) {
  Set set({"bulb", "lamp", "plug", "mute"}, {"a", "b"});
  for (const std::uint32_t capture : {0U, 1U}) set.put(0, capture, monday, 50);
  set.put(1, 0, monday, 1);
  set.put(2, 1, monday, 3);
  SplitOptions options;
  for (const auto& [mode, first, next] : std::vector<std::array<std::string, 3>>{
           {"capture", "fewer than 3 captures, all used for training: bulb",
            "record more captures, or split by day or at random"},
           {"day", "the windows span 1 day, and a split by day needs 3: all are used for training",
            "record more days, or split at random"}}) {
    options.mode = text::value_of(split_modes, mode).value();
    EXPECT_EQ(decide_split(set, options).warnings,
              (std::vector<std::string>{first,
                                        "no device has any windows to test on, so that nothing can be "
                                        "evaluated: bulb, lamp, plug; " +
                                            next + " (option 'split')"}));
  }
  options.mode = SplitMode::random;
  options.test_fraction = 0;
  EXPECT_TRUE(decide_split(set, options).warnings.empty()) << "as was asked for";
}

}  // namespace
}  // namespace ipet::fingerprint
