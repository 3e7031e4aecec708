#include "stages/dataset/folds.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/dataset/split_units.hpp"

namespace ipet::fingerprint {
namespace {

/// How much of what is not tested is for validation; something is left to train on.
std::size_t validation_count(const SplitOptions& options, std::size_t all, std::size_t tested) {
  if (all <= tested + 1) return 0;
  return std::min(share_of(options.validation_fraction, all), all - tested - 1);
}

[[noreturn]] void too_few(const windows::RowSet& windows, std::size_t count, std::string unit,
                          const SplitOptions& options) {
  const std::size_t needed = fewest_units(options);
  const std::string next = unit == "day" ? "\"random\"" : "\"day\" or \"random\"";
  if (count != 1) unit += "s";
  std::string why =
      options.folds == 0 ? "leaving one out needs " : std::to_string(options.folds) + " folds need ";
  why += std::to_string(needed);
  if (needed > options.folds)
    why += options.validation_fraction > 0 ? ", one each for training, validation and testing"
                                           : ", one each for training and testing";
  throw std::runtime_error(std::string("split: the ") + windows.noun() + " are of " + std::to_string(count) +
                           " " + unit + ", and " + why + ": " +
                           (options.folds > 2 ? "take fewer folds, or split by " : "split by ") + next);
}

}  // namespace

std::pair<std::string, std::string> wrong_folds(SplitMode mode, std::uint32_t folds, std::uint32_t fold) {
  if (mode == SplitMode::leave_one_day_out) {
    if (folds > 0)
      return {"folds", "split = \"leave_one_day_out\" has a fold for each day: leave 'folds' out"};
    return {};
  }
  if (folds == 1) return {"folds", "one fold leaves nothing to train on: 2 or more, or 0 for a single split"};
  if (folds == 0 && fold > 0)
    return {"fold", "fold " + std::to_string(fold) +
                        " of a single split: say how many folds there are ('folds'), or split = "
                        "\"leave_one_day_out\""};
  if (folds > 0 && fold >= folds)
    return {"fold", "there is no fold " + std::to_string(fold) + ": " + std::to_string(folds) +
                        " folds are 0 to " + std::to_string(folds - 1)};
  return {};
}

std::uint32_t fold_of(std::size_t position, std::size_t count, std::uint32_t folds) {
  return static_cast<std::uint32_t>(position * folds / count);
}

void captures_into_folds(const windows::RowSet& windows, const SplitOptions& options, SplitRecord& record) {
  std::size_t all = 0, next = 0;
  const CaptureGroups found = group_captures(windows, fewest_units(options));
  for (const CaptureGroup& group : found.groups) all += group.captures.size();
  if (all < fewest_units(options)) too_few(windows, all, "capture", options);
  for (const CaptureGroup& group : found.groups) {
    // From the tested fold on, so that captures of the next folds come first among those that are left.
    std::vector<std::pair<std::size_t, std::string>> dealt;
    for (std::string& capture : shuffled_captures(group, options.seed))
      dealt.emplace_back((next++ + options.folds - options.fold) % options.folds, std::move(capture));
    std::ranges::stable_sort(dealt, {}, [](const auto& one) { return one.first; });
    const auto left = std::ranges::find_if(dealt, [](const auto& one) { return one.first != 0; });
    const auto tested = static_cast<std::size_t>(left - dealt.begin());
    const std::size_t validates = validation_count(options, dealt.size(), tested);
    for (std::size_t i = 0; i < tested + validates; ++i)
      (i < tested ? record.test_captures : record.validation_captures).push_back(std::move(dealt[i].second));
  }
  std::ranges::sort(record.test_captures);
  std::ranges::sort(record.validation_captures);
}

void days_into_folds(const windows::RowSet& windows, const SplitOptions& options, SplitRecord& record) {
  std::vector<std::int64_t> days;
  for (const auto& [day, devices] : active_days(windows, options.day_offset_hours)) days.push_back(day);
  if (days.size() < fewest_units(options)) too_few(windows, days.size(), "day", options);
  if (record.folds == 0) {
    record.folds = static_cast<std::uint32_t>(days.size());
    record.test_fraction = 1.0 / record.folds;
    if (options.fold >= record.folds)
      throw std::invalid_argument("split: there is no fold " + std::to_string(options.fold) + ": the " +
                                  windows.noun() + " are of " + std::to_string(days.size()) +
                                  " days, so that leaving one day out has folds 0 to " +
                                  std::to_string(days.size() - 1));
  }
  const auto of = [&](std::size_t day) { return fold_of(day, days.size(), record.folds); };
  std::size_t first = 0;
  while (of(first) != record.fold) ++first;
  for (std::size_t day = first; day < days.size() && of(day) == record.fold; ++day)
    record.test_days.push_back(days[day]);
  const std::size_t validates = validation_count(options, days.size(), record.test_days.size());
  for (std::size_t back = 1; back <= validates; ++back)
    record.validation_days.push_back(days[(first + days.size() - back) % days.size()]);
  std::ranges::sort(record.validation_days);
}

}  // namespace ipet::fingerprint
