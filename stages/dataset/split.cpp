#include "stages/dataset/split.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/dataset/dataset.hpp"
#include "stages/dataset/folds.hpp"
#include "stages/dataset/split_units.hpp"
#include "stages/traffic/day.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {
namespace {

/// Length of the pieces of time that mode random deals out whole. Defended windows start at other packets
/// than clean ones: pieces keep both in one part.
constexpr traffic::Nanoseconds random_piece = 60 * traffic::second;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// Sizes of the validation and test parts such that something is left to train on.
std::pair<std::size_t, std::size_t> shares(const SplitOptions& options, std::size_t n) {
  std::size_t validation = share_of(options.validation_fraction, n),
              test = share_of(options.test_fraction, n);
  while (validation + test >= n) (validation >= test ? validation : test) -= 1;
  return {validation, test};
}

/// Median over the devices with windows of how many different values (captures, days) they have.
template <class Key>
std::size_t median_spread(const windows::RowSet& windows, Key key) {
  std::map<std::uint16_t, std::set<std::int64_t>> seen;
  for (std::size_t i = 0; i < windows.size(); ++i) seen[windows.device[i]].insert(key(i));
  std::vector<std::size_t> spread = text::mapped(seen, [](const auto& each) { return each.second.size(); });
  if (spread.empty()) return 0;
  std::sort(spread.begin(), spread.end());
  return spread[(spread.size() - 1) / 2];
}

std::size_t captures_of_median_device(const windows::RowSet& windows) {
  return median_spread(windows, [&](std::size_t i) { return std::int64_t{windows.capture[i]}; });
}

std::size_t days_of_median_device(const windows::RowSet& windows, double offset) {
  return median_spread(windows, [&](std::size_t i) { return traffic::day_of(windows.start[i], offset); });
}

/// Sets captures of one group apart.
void deal_captures(const CaptureGroup& group, const SplitOptions& options, SplitRecord& record) {
  const std::vector<std::string> captures = shuffled_captures(group, options.seed);
  const auto [validation, test] = shares(options, captures.size());
  const auto from = captures.begin(), middle = from + static_cast<std::ptrdiff_t>(test);
  record.test_captures.insert(record.test_captures.end(), from, middle);
  record.validation_captures.insert(record.validation_captures.end(), middle,
                                    middle + static_cast<std::ptrdiff_t>(validation));
}

void split_captures(const windows::RowSet& windows, const SplitOptions& options, Split& split) {
  const std::size_t fewest = fewest_units(options);
  const CaptureGroups found = group_captures(windows, fewest);
  for (const CaptureGroup& group : found.groups) {
    if (group.captures.size() >= fewest)
      deal_captures(group, options, split.record);
    else
      split.warnings.push_back("fewer than " + std::to_string(fewest) +
                               " captures, all used for training: " + join(found.pooled));
  }
  std::sort(split.record.test_captures.begin(), split.record.test_captures.end());
  std::sort(split.record.validation_captures.begin(), split.record.validation_captures.end());
}

/// Where the held-back days end: behind the last day, unless an earlier end tests more devices.
std::size_t end_of_test_days(const std::vector<std::int64_t>& days, ActiveDevices& active,
                             std::size_t validation, std::size_t test) {
  std::size_t best_end = days.size(), best = 0;
  for (std::size_t end = days.size(); end >= validation + test && end > 0; --end) {
    std::set<std::uint16_t> tested;
    for (std::size_t i = end - test; i < end; ++i) tested.merge(std::set(active[days[i]]));
    if (tested.size() > best) {
      best = tested.size();
      best_end = end;
    }
  }
  return best_end;
}

void split_days(const windows::RowSet& windows, const SplitOptions& options, Split& split) {
  ActiveDevices active = active_days(windows, options.day_offset_hours);
  std::vector<std::int64_t> days = text::mapped(active, [](const auto& each) { return each.first; });
  if (days.size() < fewest_units(options)) {
    split.warnings.push_back(std::string("the ") + windows.noun() + " span " + std::to_string(days.size()) +
                             (days.size() == 1 ? " day" : " days") + ", and a split by day needs " +
                             std::to_string(fewest_units(options)) + ": all are used for training");
    return;
  }
  const auto [validation, test] = shares(options, days.size());
  const auto end =
      days.begin() + static_cast<std::ptrdiff_t>(end_of_test_days(days, active, validation, test));
  const auto first_test = end - static_cast<std::ptrdiff_t>(test);
  split.record.test_days.assign(first_test, end);
  split.record.validation_days.assign(first_test - static_cast<std::ptrdiff_t>(validation), first_test);
}

SplitMode choose_mode(const windows::RowSet& windows, const SplitOptions& options, Split& split) {
  if (options.mode == SplitMode::leave_one_day_out) return SplitMode::day;
  if (options.mode != SplitMode::automatic) return options.mode;
  if (captures_of_median_device(windows) >= fewest_units(options)) return SplitMode::capture;
  if (days_of_median_device(windows, options.day_offset_hours) >= fewest_units(options))
    return SplitMode::day;
  split.warnings.push_back(std::string("too few captures and days to hold whole ones back: ") +
                           windows.noun() +
                           " are split at random, minute by minute, so the scores are for traffic much like "
                           "that seen in training");
  return SplitMode::random;
}

/// Names all devices, however many.
void warn_that_nothing_is_tested(const windows::RowSet& windows, Split& split) {
  const std::vector<std::string> tested = classes_of(windows);
  if (tested.empty() || split.record.test_fraction <= 0) return;  // as was asked for
  const SplitMode mode = split.record.mode;
  split.warnings.push_back(
      std::string("no device has any ") + windows.noun() +
      " to test on, so that nothing can be evaluated: " + text::named(tested, tested.size()) + "; " +
      (mode == SplitMode::capture ? "record more captures, or split by day or at random"
       : mode == SplitMode::day   ? "record more days, or split at random"
                                  : "record for longer") +
      " (option 'split')");
}

/// Devices that cannot be both trained on and tested: scores say nothing of them, or count them as failures
/// that nothing could have learned.
void warn_of_missing_parts(const windows::RowSet& windows, Split& split) {
  struct Has {
    std::size_t windows = 0, training = 0, test = 0;
  };
  std::vector<Has> devices(windows.devices.size());
  for (std::size_t i = 0; i < windows.size(); ++i) {
    Has& has = devices.at(windows.device[i]);
    const Part part = part_of(split.record, windows.devices[windows.device[i]],
                              windows.captures.at(windows.capture[i]), windows.start[i]);
    ++has.windows;
    has.training += part == Part::training ? 1 : 0;
    has.test += part == Part::test ? 1 : 0;
  }
  std::vector<std::string> single, untested, untrained;
  for (std::size_t d = 0; d < devices.size(); ++d) {
    const Has& has = devices[d];
    if (has.windows == 1)
      single.push_back(windows.devices[d]);
    else if (has.windows > 1 && has.test == 0)
      untested.push_back(windows.devices[d]);
    if (has.windows > 1 && has.training == 0) untrained.push_back(windows.devices[d]);
  }
  const std::string noun = windows.noun();
  if (std::ranges::all_of(devices, [](const Has& has) { return has.test == 0; }))
    return warn_that_nothing_is_tested(windows, split);
  if (!single.empty())
    split.warnings.push_back("too few " + noun + " (one) to both train on and test: " + join(single));
  if (!untested.empty()) split.warnings.push_back("no test " + noun + ": " + join(untested));
  if (!untrained.empty())
    split.warnings.push_back("no training " + noun + ", so these can never be named: " + join(untrained));
}

}  // namespace

namespace {

/// The options without what does not count.
SplitOptions effective(const SplitOptions& given) {
  SplitOptions options = given;
  if (options.validate_on_test) options.validation_fraction = 0;
  if (options.folds > 0) options.test_fraction = 1.0 / options.folds;
  if (options.mode == SplitMode::leave_one_day_out) options.test_fraction = 0;  // not known yet
  return options;
}

/// What modes random and shuffled draw a fold for: minutes of a device in a capture, or windows.
std::size_t count_drawn(const windows::RowSet& windows, SplitMode mode) {
  if (mode == SplitMode::shuffled) return windows.size();
  std::set<std::tuple<std::uint16_t, std::uint32_t, std::int64_t>> pieces;
  for (std::size_t i = 0; i < windows.size(); ++i)
    pieces.emplace(windows.device[i], windows.capture[i], floor_divide(windows.start[i], random_piece));
  return pieces.size();
}

/// Folds are drawn, so that one may be left without anything even where there is enough for all.
void check_drawn_folds(const windows::RowSet& windows, const SplitRecord& record) {
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (part_of(record, windows.devices.at(windows.device[i]), windows.captures.at(windows.capture[i]),
                windows.start[i]) == Part::test)
      return;
  }
  const std::string noun = windows.noun(), count = std::to_string(count_drawn(windows, record.mode));
  throw std::runtime_error(
      "split: fold " + std::to_string(record.fold) + " of " + std::to_string(record.folds) +
      " has none of the " + noun + " to test on: they are of " + count +
      (record.mode == SplitMode::random ? " minutes (each of one device in one capture)" : " " + noun) +
      ", which are drawn for the folds; take fewer folds");
}

/// Whoever needs days for something after the training, too, fails before it.
void require_days(const windows::RowSet& windows, const SplitOptions& options) {
  if (options.mode != SplitMode::day && options.mode != SplitMode::leave_one_day_out) return;
  std::set<std::int64_t> days;
  for (const traffic::Nanoseconds start : windows.start)
    days.insert(traffic::day_of(start, options.day_offset_hours));
  if (days.size() >= options.least_days) return;
  throw std::runtime_error(
      "the captures are of " + std::to_string(days.size()) + (days.size() == 1 ? " day" : " days") +
      ", and what is compared by day needs " + std::to_string(options.least_days) +
      ": one or more that defences learn from, and others to train and test attackers; " +
      (windows.captures.size() >= fewest_units(options)
           ? "split by captures instead (--set split=capture), or record more days"
           : "record more days"));
}

/// The same of captures.
void require_tested(const windows::RowSet& windows, const SplitOptions& options, const SplitRecord& record) {
  if (options.least_days == 0 || record.mode != SplitMode::capture || !record.test_captures.empty()) return;
  throw std::runtime_error(
      "a split by capture leaves nothing to test on: there are " + std::to_string(windows.captures.size()) +
      ", and captures with the same most "
      "frequent device are divided, of which " +
      std::to_string(fewest_units(options)) + " are needed; record more, or cut them into several");
}

}  // namespace

std::pair<std::string, std::string> fault(const SplitOptions& given) {
  if (auto wrong = wrong_folds(given.mode, given.folds, given.fold); !wrong.second.empty()) return wrong;
  const SplitOptions options = effective(given);
  if (options.validation_fraction >= 0 && options.test_fraction >= 0 &&
      options.validation_fraction + options.test_fraction < 1)
    return {};
  if (options.folds > 0)
    return {"validation_fraction", "validation_fraction and a fold of " + std::to_string(options.folds) +
                                       " must leave a part for training"};
  return {"test_fraction", "validation_fraction + test_fraction must leave a part for training"};
}

Split decide_split(const windows::RowSet& windows, const SplitOptions& given) {
  if (const auto [option, reason] = fault(given); !reason.empty())
    throw std::invalid_argument("split: " + reason);
  const SplitOptions options = effective(given);
  require_days(windows, options);
  Split split;
  SplitRecord& record = split.record;
  record.seed = options.seed;
  record.day_offset_hours = options.day_offset_hours;
  record.test_fraction = options.test_fraction;
  record.validation_fraction = options.validation_fraction;
  record.validate_on_test = options.validate_on_test;
  record.folds = options.folds;
  record.fold = options.fold;
  record.mode = choose_mode(windows, options, split);
  const bool crossed = options.folds > 0 || options.mode == SplitMode::leave_one_day_out;
  if (record.mode == SplitMode::capture && crossed)
    captures_into_folds(windows, options, record);
  else if (record.mode == SplitMode::capture)
    split_captures(windows, options, split);
  else if (record.mode == SplitMode::day && crossed)
    days_into_folds(windows, options, record);
  else if (record.mode == SplitMode::day)
    split_days(windows, options, split);
  else if (crossed)
    check_drawn_folds(windows, record);
  require_tested(windows, options, record);
  warn_of_missing_parts(windows, split);
  return split;
}

namespace {

/// In [0, 1): where in the parts, laid side by side, a window of mode random or shuffled falls.
double place_of(const SplitRecord& split, std::string_view device, std::string_view capture,
                traffic::Nanoseconds start) {
  const traffic::StreamKey key = traffic::StreamKey(split.seed).with("split").with(device).with(capture);
  if (split.mode == SplitMode::shuffled)
    return traffic::Random(key.with(static_cast<std::uint64_t>(start))).uniform();
  const auto piece = static_cast<std::uint64_t>(floor_divide(start, random_piece));
  // Steps of the golden ratio from a random start: unlike independent draws, any run of a few pieces has its
  // share of each part, so that devices that are seldom heard are tested too.
  const double turn =
      traffic::Random(key).uniform() + 0.6180339887498949 * static_cast<double>(piece % 1'000'003);
  return turn - std::floor(turn);
}

}  // namespace

Part part_of(const SplitRecord& split, std::string_view device, std::string_view capture,
             traffic::Nanoseconds start) {
  if (split.mode == SplitMode::capture) {
    const auto in = [&](const std::vector<std::string>& names) {
      return std::binary_search(names.begin(), names.end(), capture);
    };
    return in(split.test_captures)         ? Part::test
           : in(split.validation_captures) ? Part::validation
                                           : Part::training;
  }
  if (split.mode == SplitMode::day) {
    const std::int64_t day = traffic::day_of(start, split.day_offset_hours);
    const auto in = [day](const std::vector<std::int64_t>& days) {
      return std::binary_search(days.begin(), days.end(), day);
    };
    return in(split.test_days) ? Part::test : in(split.validation_days) ? Part::validation : Part::training;
  }
  double place = place_of(split, device, capture, start);
  if (split.folds > 0) {
    // By whole numbers, so that no rounding gives a window to two folds or to none.
    const auto own = std::min(static_cast<std::uint32_t>(place * split.folds), split.folds - 1);
    if (own == split.fold) return Part::test;
    place -= static_cast<double>(split.fold) / split.folds;  // the others, from the tested fold on
    if (place < 0) place += 1;
    return place < split.test_fraction + split.validation_fraction ? Part::validation : Part::training;
  }
  return place < split.test_fraction                               ? Part::test
         : place < split.test_fraction + split.validation_fraction ? Part::validation
                                                                   : Part::training;
}

std::vector<std::size_t> select(const SplitRecord& split, const windows::RowSet& windows,
                                const std::vector<std::size_t>& chosen, Part part) {
  if (part == Part::validation && split.validate_on_test) part = Part::test;
  std::vector<std::size_t> selected;
  for (const std::size_t i : chosen) {
    if (part_of(split, windows.devices.at(windows.device[i]), windows.captures.at(windows.capture[i]),
                windows.start[i]) == part)
      selected.push_back(i);
  }
  return selected;
}

SplitRows split_rows(const SplitRecord& split, const windows::RowSet& windows,
                     const std::vector<std::size_t>& chosen, const std::vector<std::string>& classes) {
  const std::vector<std::uint16_t> label = class_labels(windows, classes);
  SplitRows rows;
  rows.captures = windows.captures;
  rows.capture.reserve(chosen.size());
  rows.device.reserve(chosen.size());
  rows.start.reserve(chosen.size());
  rows.part.reserve(chosen.size());
  for (const std::size_t i : chosen) {
    rows.capture.push_back(windows.capture[i]);
    rows.device.push_back(label.at(windows.device[i]));
    rows.start.push_back(windows.start[i]);
    rows.part.push_back(part_of(split, windows.devices.at(windows.device[i]),
                                windows.captures.at(windows.capture[i]), windows.start[i]));
  }
  return rows;
}

}  // namespace ipet::fingerprint
