#include "stages/fingerprint/split.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>

#include "stages/fingerprint/dataset.hpp"
#include "stages/traffic/day.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {
namespace {

/// Length of the pieces of time that mode "random" deals out whole. Defended windows start at other packets
/// than clean ones: pieces keep both in one part.
constexpr traffic::Nanoseconds random_piece = 60 * traffic::second;
/// Captures or days that a split needs: one for each part.
std::size_t fewest(const SplitOptions& options) {
  return options.validation_fraction > 0 ? 3 : 2;
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// How many of n units a part gets: at least one.
std::size_t share(double fraction, std::size_t n) {
  if (fraction <= 0) return 0;
  return static_cast<std::size_t>(std::max(1.0, std::round(fraction * static_cast<double>(n))));
}

/// Sizes of the validation and test parts such that something is left to train on.
std::pair<std::size_t, std::size_t> shares(const SplitOptions& options, std::size_t n) {
  std::size_t validation = share(options.validation_fraction, n), test = share(options.test_fraction, n);
  while (validation + test >= n) (validation >= test ? validation : test) -= 1;
  return {validation, test};
}

/// Median over the devices with windows of how many different values (captures, days) they have.
template <class Key>
std::size_t median_spread(const windows::RowSet& windows, Key key) {
  std::map<std::uint16_t, std::set<std::int64_t>> seen;
  for (std::size_t i = 0; i < windows.size(); ++i) seen[windows.device[i]].insert(key(i));
  std::vector<std::size_t> spread;
  for (const auto& [device, values] : seen) spread.push_back(values.size());
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

/// Captures with windows, grouped by their most frequent device (the first one of equals).
std::map<std::uint16_t, std::vector<std::string>> group_captures(const windows::RowSet& windows) {
  std::map<std::uint32_t, std::map<std::uint16_t, std::size_t>> counts;
  for (std::size_t i = 0; i < windows.size(); ++i) ++counts[windows.capture[i]][windows.device[i]];
  std::map<std::uint16_t, std::vector<std::string>> groups;
  for (const auto& [capture, devices] : counts) {
    const auto most = std::max_element(devices.begin(), devices.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    groups[most->first].push_back(windows.captures.at(capture));
  }
  return groups;
}

/// Sets captures of one group apart, drawn by a stream of random numbers of the group's own.
void deal_captures(std::vector<std::string> captures, std::string_view group, const SplitOptions& options,
                   SplitRecord& record) {
  traffic::Random random(traffic::StreamKey(options.seed).with("split").with(group));
  std::sort(captures.begin(), captures.end());
  for (std::size_t i = captures.size(); i > 1; --i) std::swap(captures[i - 1], captures[random.below(i)]);
  const auto [validation, test] = shares(options, captures.size());
  const auto from = captures.begin(), middle = from + static_cast<std::ptrdiff_t>(test);
  record.test_captures.insert(record.test_captures.end(), from, middle);
  record.validation_captures.insert(record.validation_captures.end(), middle,
                                    middle + static_cast<std::ptrdiff_t>(validation));
}

void split_captures(const windows::RowSet& windows, const SplitOptions& options, Split& split) {
  // Groups too small to divide are divided together: captures of a whole home differ in who is busiest.
  std::vector<std::string> pooled, pooled_devices;
  for (auto& [device, captures] : group_captures(windows)) {
    const std::string& name = windows.devices.at(device);
    if (captures.size() >= fewest(options)) {
      deal_captures(std::move(captures), name, options, split.record);
      continue;
    }
    pooled.insert(pooled.end(), captures.begin(), captures.end());
    pooled_devices.push_back(name);
  }
  if (pooled.size() >= fewest(options))
    deal_captures(std::move(pooled), "", options, split.record);
  else if (!pooled.empty())
    split.warnings.push_back("fewer than " + std::to_string(fewest(options)) +
                             " captures, all used for training: " + join(pooled_devices));
  std::sort(split.record.test_captures.begin(), split.record.test_captures.end());
  std::sort(split.record.validation_captures.begin(), split.record.validation_captures.end());
}

/// Which devices have windows on each day.
using ActiveDevices = std::map<std::int64_t, std::set<std::uint16_t>>;

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
  ActiveDevices active;
  for (std::size_t i = 0; i < windows.size(); ++i)
    active[traffic::day_of(windows.start[i], options.day_offset_hours)].insert(windows.device[i]);
  std::vector<std::int64_t> days;
  for (const auto& [day, devices] : active) days.push_back(day);
  if (days.size() < fewest(options)) {
    split.warnings.push_back(std::string("the ") + windows.noun() + " span " + std::to_string(days.size()) +
                             (days.size() == 1 ? " day" : " days") + ", and a split by day needs " +
                             std::to_string(fewest(options)) + ": all are used for training");
    return;
  }
  const auto [validation, test] = shares(options, days.size());
  const auto end =
      days.begin() + static_cast<std::ptrdiff_t>(end_of_test_days(days, active, validation, test));
  const auto first_test = end - static_cast<std::ptrdiff_t>(test);
  split.record.test_days.assign(first_test, end);
  split.record.validation_days.assign(first_test - static_cast<std::ptrdiff_t>(validation), first_test);
}

std::string choose_mode(const windows::RowSet& windows, const SplitOptions& options, Split& split) {
  if (options.mode != "auto") return options.mode;
  if (captures_of_median_device(windows) >= fewest(options)) return "capture";
  if (days_of_median_device(windows, options.day_offset_hours) >= fewest(options)) return "day";
  split.warnings.push_back(std::string("too few captures and days to hold whole ones back: ") +
                           windows.noun() +
                           " are split at random, minute by minute, so the scores are for traffic much like "
                           "that seen in training");
  return "random";
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
  if (!single.empty())
    split.warnings.push_back("too few " + noun + " (one) to both train on and test: " + join(single));
  if (!untested.empty()) split.warnings.push_back("no test " + noun + ": " + join(untested));
  if (!untrained.empty())
    split.warnings.push_back("no training " + noun + ", so these can never be named: " + join(untrained));
}

}  // namespace

Split decide_split(const windows::RowSet& windows, const SplitOptions& given) {
  SplitOptions options = given;
  if (options.validate_on_test) options.validation_fraction = 0;
  if (!(options.validation_fraction >= 0) || !(options.test_fraction >= 0) ||
      !(options.validation_fraction + options.test_fraction < 1))
    throw std::invalid_argument(
        "split: validation and test fractions must not be negative and leave a part for "
        "training");
  Split split;
  split.record.seed = options.seed;
  split.record.day_offset_hours = options.day_offset_hours;
  split.record.test_fraction = options.test_fraction;
  split.record.validation_fraction = options.validation_fraction;
  split.record.validate_on_test = options.validate_on_test;
  split.record.mode = choose_mode(windows, options, split);
  if (split.record.mode == "capture")
    split_captures(windows, options, split);
  else if (split.record.mode == "day")
    split_days(windows, options, split);
  else if (split.record.mode != "random" && split.record.mode != "shuffled")
    throw std::invalid_argument("split '" + options.mode +
                                "' does not exist; there are capture, day, random, shuffled and auto");
  warn_of_missing_parts(windows, split);
  return split;
}

namespace {

/// In [0, 1): where in the parts, laid side by side, a window of mode "random" or "shuffled" falls.
double place_of(const SplitRecord& split, std::string_view device, std::string_view capture,
                traffic::Nanoseconds start) {
  const traffic::StreamKey key = traffic::StreamKey(split.seed).with("split").with(device).with(capture);
  if (split.mode == "shuffled") return traffic::Random(key.with(static_cast<std::uint64_t>(start))).uniform();
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
  if (split.mode == "capture") {
    const auto in = [&](const std::vector<std::string>& names) {
      return std::binary_search(names.begin(), names.end(), capture);
    };
    return in(split.test_captures)         ? Part::test
           : in(split.validation_captures) ? Part::validation
                                           : Part::training;
  }
  if (split.mode == "day") {
    const std::int64_t day = traffic::day_of(start, split.day_offset_hours);
    const auto in = [day](const std::vector<std::int64_t>& days) {
      return std::binary_search(days.begin(), days.end(), day);
    };
    return in(split.test_days) ? Part::test : in(split.validation_days) ? Part::validation : Part::training;
  }
  const double place = place_of(split, device, capture, start);
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

}  // namespace ipet::fingerprint
