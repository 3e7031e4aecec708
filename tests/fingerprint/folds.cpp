// Cross-validation: everything is tested exactly once, and no fold cuts what a split keeps whole.
#include "stages/dataset/folds.hpp"

#include <functional>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "stages/dataset/dataset.hpp"
#include "stages/dataset/split.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::fingerprint {
namespace {

constexpr traffic::Nanoseconds monday = 19'000 * traffic::day;

struct Set : windows::WindowSet {
  explicit Set(std::size_t device_count, std::size_t capture_count) {
    slots = 1;
    omega = 1;
    for (std::size_t d = 0; d < device_count; ++d) devices.push_back("device " + std::to_string(d));
    for (std::size_t c = 0; c < capture_count; ++c) captures.push_back("capture " + std::to_string(c));
  }
  void put(std::size_t d, std::size_t c, traffic::Nanoseconds at) {
    features.insert(features.end(), {1, 2, 3, 4});
    silence.push_back(0);
    device.push_back(static_cast<std::uint16_t>(d));
    capture.push_back(static_cast<std::uint32_t>(c));
    start.push_back(at);
  }
};

/// Bursts of windows, a second apart, of some devices in `captures` recordings of a day or two each.
Set drawn_home(std::mt19937& random, std::size_t captures) {
  const auto below = [&](std::size_t n) { return random() % n; };
  Set set(2 + below(5), captures);
  for (std::size_t c = 0; c < captures; ++c) {
    const std::size_t bursts = 1 + below(6);
    for (std::size_t burst = 0; burst < bursts; ++burst) {
      const std::size_t device = below(set.devices.size()), windows = 1 + below(8);
      const traffic::Nanoseconds begin = monday + static_cast<std::int64_t>(c) * traffic::day +
                                         static_cast<std::int64_t>(below(86'400)) * traffic::second;
      for (std::size_t w = 0; w < windows; ++w)
        set.put(device, c, begin + static_cast<std::int64_t>(w) * traffic::second);
    }
  }
  return set;
}

std::vector<std::size_t> everything(const windows::WindowSet& set) {
  std::vector<std::string> limited;
  return subsample(set, 0, 0, limited);
}

/// What a split of that mode never cuts, of one window.
std::string unit_of(const Set& set, std::size_t i, SplitMode mode) {
  if (mode == SplitMode::capture) return set.captures[set.capture[i]];
  if (mode == SplitMode::day) return std::to_string(traffic::day_of(set.start[i], 0));
  const auto minute = set.start[i] / (60 * traffic::second);
  const std::string of = set.devices[set.device[i]] + "/" + set.captures[set.capture[i]] + "/";
  return of + std::to_string(mode == SplitMode::random ? minute : set.start[i]);
}

std::string failure(const windows::RowSet& set, const SplitOptions& options) {
  try {
    decide_split(set, options);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Folds, TestEveryWindowExactlyOnceAndCutNoUnit) {
  const auto seed = static_cast<unsigned>(std::random_device()());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int trial = 0; trial < 60; ++trial) {
    const auto folds = static_cast<std::uint32_t>(2 + random() % 5);
    const Set set = drawn_home(random, std::max<std::size_t>(3, folds) + random() % 9);
    for (const SplitMode mode :
         {SplitMode::capture, SplitMode::day, SplitMode::random, SplitMode::shuffled}) {
      SplitOptions options;
      options.mode = mode;
      options.folds = folds;
      options.seed = random();
      options.validation_fraction = 0.2;
      if (!failure(set, options).empty() && mode == SplitMode::day) continue;  // bursts may meet on few days
      std::vector<int> tested(set.size());
      for (options.fold = 0; options.fold < folds; ++options.fold) {
        // Folds that are drawn may be left empty.
        if (failure(set, options).find("has none of the windows to test on") != std::string::npos) continue;
        const SplitRecord record = decide_split(set, options).record;
        EXPECT_EQ(record.mode, mode);
        const auto test = select(record, set, everything(set), Part::test);
        for (const std::size_t i : test) ++tested[i];
        const auto validation = select(record, set, everything(set), Part::validation);
        const auto training = select(record, set, everything(set), Part::training);
        EXPECT_EQ(test.size() + validation.size() + training.size(), set.size());
        std::map<std::string, std::set<int>> parts;
        for (const auto& [part, members] :
             {std::pair(0, training), std::pair(1, validation), std::pair(2, test)})
          for (const std::size_t i : members) parts[unit_of(set, i, mode)].insert(part);
        for (const auto& [unit, in] : parts)
          ASSERT_EQ(in.size(), 1U) << text::word_of(split_modes, mode) << " cuts " << unit;
      }
      for (const int times : tested)
        ASSERT_EQ(times, 1) << text::word_of(split_modes, mode) << ", " << folds << " folds";
    }
  }
}

TEST(Folds, OfDaysAreRunsOfNeighboursWithValidationBeforeThem) {
  Set set(1, 1);
  for (int day = 0; day < 7; ++day) set.put(0, 0, monday + day * traffic::day);
  SplitOptions options;
  options.mode = SplitMode::day;
  options.folds = 3;
  std::vector<std::vector<std::int64_t>> test, validation;
  for (options.fold = 0; options.fold < 3; ++options.fold) {
    const SplitRecord record = decide_split(set, options).record;
    test.push_back(record.test_days);
    validation.push_back(record.validation_days);
    EXPECT_EQ(record.folds, 3U);
    EXPECT_EQ(record.fold, options.fold);
    EXPECT_DOUBLE_EQ(record.test_fraction, 1.0 / 3);
  }
  // Seven days in three folds: 3, 2, 2. One day of validation, round(0.15 * 7), before the fold; before the
  // first one the last day.
  using Days = std::vector<std::int64_t>;
  EXPECT_EQ(test, (std::vector<Days>{{19'000, 19'001, 19'002}, {19'003, 19'004}, {19'005, 19'006}}));
  EXPECT_EQ(validation, (std::vector<Days>{{19'006}, {19'002}, {19'004}}));
}

TEST(Folds, OfCapturesHoldAsManyOfEachDeviceAsCanBe) {
  // Ten captures of a bulb, ten of a camera: two of each are tested in each of five folds.
  Set set(2, 20);
  for (std::size_t c = 0; c < 20; ++c) set.put(c < 10 ? 0 : 1, c, monday);
  SplitOptions options;
  options.folds = 5;
  for (options.fold = 0; options.fold < 5; ++options.fold) {
    const Split split = decide_split(set, options);
    EXPECT_EQ(split.record.mode, SplitMode::capture);  // "auto": the median device is in ten
    ASSERT_EQ(split.record.test_captures.size(), 4U);
    int of_bulb = 0;
    for (const std::string& name : split.record.test_captures)
      of_bulb += std::stoi(name.substr(std::string("capture ").size())) < 10 ? 1 : 0;
    EXPECT_EQ(of_bulb, 2);
    EXPECT_EQ(split.record.validation_captures.size(), 4U);  // round(0.15 * 10) of each
    EXPECT_TRUE(split.warnings.empty());
  }
}

TEST(Folds, AreOtherOnesForAnotherSeedAndTheSameForTheSame) {
  Set set(1, 12);
  for (std::size_t c = 0; c < 12; ++c) set.put(0, c, monday);
  SplitOptions options;
  options.mode = SplitMode::capture;
  options.folds = 4;
  const auto first = decide_split(set, options).record.test_captures;
  EXPECT_EQ(decide_split(set, options).record.test_captures, first);
  int different = 0;
  for (options.seed = 1; options.seed < 5; ++options.seed)
    different += decide_split(set, options).record.test_captures != first ? 1 : 0;
  EXPECT_GT(different, 0);
}

TEST(Folds, ChosenAutomaticallyNeedACaptureOrADayForEach) {
  Set set(1, 4);
  for (std::size_t c = 0; c < 4; ++c)
    for (int day = 0; day < 2; ++day)
      set.put(0, c, monday + (2 * static_cast<std::int64_t>(c) + day) * traffic::day);
  SplitOptions options;
  options.folds = 4;
  EXPECT_EQ(decide_split(set, options).record.mode, SplitMode::capture);
  options.folds = 5;
  EXPECT_EQ(decide_split(set, options).record.mode, SplitMode::day);  // eight of them
  options.folds = 9;
  EXPECT_EQ(decide_split(set, options).record.mode, SplitMode::random);
}

TEST(LeaveOneDayOut, TestsEachDayOnce) {
  Set set(2, 1);
  for (int day = 0; day < 5; ++day) {
    set.put(0, 0, monday + day * traffic::day);
    set.put(1, 0, monday + day * traffic::day + traffic::second);
  }
  SplitOptions options;
  options.mode = SplitMode::leave_one_day_out;
  for (options.fold = 0; options.fold < 5; ++options.fold) {
    const Split split = decide_split(set, options);
    EXPECT_EQ(split.record.mode, SplitMode::day);
    EXPECT_EQ(split.record.folds, 5U);
    EXPECT_EQ(split.record.test_days, std::vector<std::int64_t>{19'000 + options.fold});
    EXPECT_EQ(split.record.validation_days, std::vector<std::int64_t>{19'000 + (options.fold + 4) % 5});
    EXPECT_TRUE(split.warnings.empty());
  }
}

TEST(LeaveOneDayOut, ValidatesOnTheTestDayWhereItIsAsked) {
  Set set(1, 1);
  for (int day = 0; day < 2; ++day) set.put(0, 0, monday + day * traffic::day);
  SplitOptions options;
  options.mode = SplitMode::leave_one_day_out;
  options.validate_on_test = true;
  const SplitRecord record = decide_split(set, options).record;
  EXPECT_EQ(select(record, set, everything(set), Part::validation), (std::vector<std::size_t>{0}));
  EXPECT_EQ(select(record, set, everything(set), Part::training), (std::vector<std::size_t>{1}));
}

TEST(Folds, ThatThereCannotBeAreRefusedWithReasonAndNextStep) {
  Set set(2, 4);
  for (std::size_t c = 0; c < 4; ++c) set.put(c % 2, c, monday + static_cast<int>(c / 2) * traffic::day);
  const auto refusal = [&](SplitMode mode, std::uint32_t folds, std::uint32_t fold) {
    SplitOptions options;
    options.mode = mode;
    options.folds = folds;
    options.fold = fold;
    return failure(set, options);
  };
  EXPECT_EQ(refusal(SplitMode::capture, 5, 5), "split: there is no fold 5: 5 folds are 0 to 4");
  EXPECT_EQ(refusal(SplitMode::capture, 1, 0),
            "split: one fold leaves nothing to train on: 2 or more, or 0 for a single split");
  EXPECT_EQ(refusal(SplitMode::capture, 0, 1),
            "split: fold 1 of a single split: say how many folds there are ('folds'), or split = "
            "\"leave_one_day_out\"");
  EXPECT_EQ(refusal(SplitMode::leave_one_day_out, 3, 0),
            "split: split = \"leave_one_day_out\" has a fold for each day: leave 'folds' out");
  EXPECT_EQ(refusal(SplitMode::capture, 5, 0),
            "split: the windows are of 4 captures, and 5 folds need 5: take fewer folds, or split by \"day\" "
            "or \"random\"");
  EXPECT_EQ(refusal(SplitMode::day, 3, 0),
            "split: the windows are of 2 days, and 3 folds need 3: take fewer folds, or split by \"random\"");
  EXPECT_EQ(refusal(SplitMode::day, 2, 0),
            "split: the windows are of 2 days, and 2 folds need 3, one each for training, validation and "
            "testing: split by \"random\"");
  EXPECT_EQ(refusal(SplitMode::leave_one_day_out, 0, 0),
            "split: the windows are of 2 days, and leaving one out needs 3, one each for training, "
            "validation and testing: split by \"random\"");
  Set days(1, 1);
  for (int day = 0; day < 3; ++day) days.put(0, 0, monday + day * traffic::day);
  SplitOptions options;
  options.mode = SplitMode::leave_one_day_out;
  options.fold = 3;
  EXPECT_EQ(failure(days, options),
            "split: there is no fold 3: the windows are of 3 days, so that leaving one day out has folds 0 "
            "to 2");
}

TEST(Folds, BeyondWhatThereIsToDrawAreRefusedWithItsNumber) {
  // Two windows in one minute and one in the next, of one device; one more of another device in that minute.
  Set set(2, 1);
  for (const int second : {0, 1, 60}) set.put(0, 0, monday + second * traffic::second);
  set.put(1, 0, monday + 61 * traffic::second);
  SplitOptions options;
  options.folds = 1000;
  for (const auto& [mode, units] :
       {std::pair(SplitMode::random, "3 minutes (each of one device in one capture)"),
        std::pair(SplitMode::shuffled, "4 windows")}) {
    options.mode = mode;
    std::set<std::string> refusals;
    int good = 0;
    for (options.fold = 0; options.fold < options.folds; ++options.fold) {
      const std::string why = failure(set, options);
      if (why.empty())
        ++good;
      else
        EXPECT_EQ(why, "split: fold " + std::to_string(options.fold) +
                           " of 1000 has none of the windows to test on: they are of " + units +
                           ", which are drawn for the folds; take fewer folds");
    }
    EXPECT_GE(good, 1) << text::word_of(split_modes, mode);
    EXPECT_LE(good, 4) << text::word_of(split_modes, mode) << ": there is no more to test on";
  }
}

TEST(SplitRows, SayWhereEachWindowWent) {
  Set set(3, 2);
  set.put(2, 0, monday);
  set.put(0, 1, monday + traffic::day);
  set.put(0, 1, monday + 2 * traffic::day);
  set.put(2, 1, monday + 3 * traffic::day);
  SplitOptions options;
  options.mode = SplitMode::day;
  const SplitRecord record = decide_split(set, options).record;  // 2 training days, validation, test
  const SplitRows rows = split_rows(record, set, {0, 2, 3}, classes_of(set));
  EXPECT_EQ(classes_of(set), (std::vector<std::string>{"device 0", "device 2"}));
  EXPECT_EQ(rows.device, (std::vector<std::uint16_t>{1, 0, 1}));
  EXPECT_EQ(rows.captures, set.captures);
  EXPECT_EQ(rows.capture, (std::vector<std::uint32_t>{0, 1, 1}));
  EXPECT_EQ(rows.start,
            (std::vector<std::int64_t>{monday, monday + 2 * traffic::day, monday + 3 * traffic::day}));
  EXPECT_EQ(rows.part, (std::vector<Part>{Part::training, Part::validation, Part::test}));
}

}  // namespace
}  // namespace ipet::fingerprint
