#include "stages/comparison/lines.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "pipeline/text/wrapping.hpp"
#include "stages/dataset/folds.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::comparison {

using fingerprint::SplitMode;
using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

constexpr std::size_t most_named = 12;  // devices

/// How many of `count` are for testing: some, but not all.
std::size_t test_count(std::size_t count, double fraction) {
  const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(count)));
  return std::clamp<std::size_t>(wanted, 1, count - 1);
}

void note_silent(Lines& lines, const std::vector<bool>& active) {
  std::vector<std::string> silent;
  for (std::size_t d = 0; d < active.size(); ++d)
    if (!active[d]) silent.push_back(lines.traces->devices[d]);
  if (!silent.empty())
    lines.notes.push_back("devices without a packet, left out: " + text::named(silent, most_named));
}

/// Numbers the devices that ever send; `no_class` for the others.
constexpr std::uint16_t no_class = 0xFFFF;
std::vector<std::uint16_t> number_classes(Lines& lines) {
  std::vector<bool> active(lines.traces->devices.size());
  for (const traffic::Trace& trace : lines.traces->traces)
    if (!trace.packets.empty()) active[trace.device] = true;
  note_silent(lines, active);
  std::vector<std::uint16_t> labels(active.size(), no_class);
  for (std::size_t d = 0; d < active.size(); ++d) {
    if (!active[d]) continue;
    labels[d] = static_cast<std::uint16_t>(lines.classes.size());
    lines.classes.push_back(lines.traces->devices[d]);
  }
  return labels;
}

std::vector<bool> protected_devices(const traffic::Traces& traces) {
  std::vector<bool> result(traces.devices.size(), true);
  for (const traffic::Trace& trace : traces.traces)
    if (!trace.protect) result[trace.device] = false;
  return result;
}

/// Generators were trained on earlier days than any of these.
bool all_later(const std::vector<defence::PoolDay>& days, const std::vector<std::int64_t>& tested) {
  return !tested.empty() && days.front().number > tested.back();
}

/// A device that is first seen when it is tested is named by its cover alone, or by chance.
void note_late(Lines& lines) {
  std::vector<bool> known(lines.classes.size());
  for (const WatchedLine& line : lines.lines)
    if (line.role != Role::test && !line.packets.empty()) known[line.label] = true;
  std::vector<std::string> late;
  for (std::size_t c = 0; c < known.size(); ++c)
    if (!known[c]) late.push_back(lines.classes[c]);
  if (!late.empty())
    lines.notes.push_back("first seen on test lines, so that attackers know only how they are silent: " +
                          text::named(late, most_named));
}

Role role_of_day(const Lines& lines, std::size_t day, const LineOptions& options) {
  const std::vector<defence::PoolDay>& days = lines.days->days();
  if (options.like && !all_later(days, options.like->test_days))
    return std::ranges::binary_search(options.like->test_days, days[day].number) ? Role::test
           : day < options.warm_up_days                                          ? Role::warm_up
                                                                                 : Role::training;
  if (day < options.warm_up_days) return Role::warm_up;
  const std::size_t others = days.size() - options.warm_up_days;
  if (options.folds > 0)
    return fingerprint::fold_of(day - options.warm_up_days, others, options.folds) == options.fold
               ? Role::test
               : Role::training;
  if (!options.test_days.empty())
    return std::ranges::find(options.test_days, day) != options.test_days.end() ? Role::test : Role::training;
  const std::size_t tested = test_count(others, options.test_fraction);
  return day >= days.size() - tested ? Role::test : Role::training;
}

/// Days or captures that a split needs after those for warming up.
std::size_t fewest(const LineOptions& options) {
  return std::max<std::size_t>(2, options.folds);
}

std::string next_step(const LineOptions& options) {
  return options.folds > 2 ? " in " + std::to_string(options.folds) + " folds; take fewer folds or more days"
                           : "; split by captures instead (--set split=capture, or split = \"capture\"), or "
                             "record more days";
}

void split_by_day(Lines& lines, LineOptions options) {
  const std::vector<defence::PoolDay>& days = lines.days->days();
  if (days.size() < options.warm_up_days + fewest(options))
    throw std::runtime_error(
        "the captures are of " + std::to_string(days.size()) + (days.size() == 1 ? " day" : " days") +
        ": a split by day needs " + std::to_string(options.warm_up_days) + " for warming up and at least " +
        std::to_string(fewest(options)) + " for training and testing" + next_step(options));
  if (options.split == SplitMode::leave_one_day_out) {
    options.folds = static_cast<std::uint32_t>(days.size() - options.warm_up_days);
    if (options.fold >= options.folds)
      throw std::invalid_argument("fold: there is no fold " + std::to_string(options.fold) +
                                  ": after the days for warming up there are " +
                                  std::to_string(options.folds) + ", folds 0 to " +
                                  std::to_string(options.folds - 1));
  }
  lines.folds = options.folds;
  for (const std::uint32_t day : options.test_days)
    if (day < options.warm_up_days || day >= days.size())
      throw std::invalid_argument("test_days: there is no day " + std::to_string(day) + " to test on, but " +
                                  std::to_string(options.warm_up_days) + " to " +
                                  std::to_string(days.size() - 1));
  if (options.like && all_later(days, options.like->test_days))
    lines.notes.push_back(
        "the discriminator's test days are earlier than these captures; the last days here are for testing");
  const std::vector<std::uint16_t> labels = number_classes(lines);
  const std::vector<bool> protect = protected_devices(*lines.traces);
  for (std::size_t day = 0; day < days.size(); ++day) {
    for (std::size_t device = 0; device < labels.size(); ++device) {
      if (labels[device] == no_class) continue;
      lines.lines.push_back(
          {.device = lines.traces->devices[device],
           .label = labels[device],
           .role = role_of_day(lines, day, options),
           .protect = protect[device],
           .interval = {days[day].begin, days[day].end + 1,
                        traffic::begin_of_day(days[day].number, lines.days->day_offset_hours())},
           .packets = lines.days->packets(device, day)});
    }
  }
}

struct Capture {
  std::uint32_t number = 0;
  Nanoseconds begin = 0, end = 0;
  std::map<std::uint16_t, const traffic::Trace*> traces;  ///< by device
  std::uint16_t most_frequent = 0;
};

std::vector<Capture> captures_of(const traffic::Traces& traces) {
  std::map<std::uint32_t, Capture> found;
  for (const traffic::Trace& trace : traces.traces) {
    if (trace.packets.empty()) continue;
    const Nanoseconds begin = trace.packets.front().time, end = trace.packets.back().time + 1;
    const auto [at, added] = found.try_emplace(trace.capture);
    Capture& capture = at->second;
    capture.number = trace.capture;
    capture.begin = added ? begin : std::min(capture.begin, begin);
    capture.end = added ? end : std::max(capture.end, end);
    if (added || trace.packets.size() > capture.traces.at(capture.most_frequent)->packets.size())
      capture.most_frequent = trace.device;
    capture.traces[trace.device] = &trace;
  }
  std::vector<Capture> captures;
  for (auto& [number, capture] : found) captures.push_back(std::move(capture));
  return captures;
}

void split_by_capture(Lines& lines, const LineOptions& options) {
  const std::vector<Capture> captures = captures_of(*lines.traces);
  std::map<std::uint16_t, std::vector<std::size_t>> groups;
  for (std::size_t c = 0; c < captures.size(); ++c) groups[captures[c].most_frequent].push_back(c);
  if (captures.size() < options.folds)
    throw std::runtime_error(std::to_string(options.folds) + " folds need " + std::to_string(options.folds) +
                             " captures, and the traces have " + std::to_string(captures.size()) +
                             ": take fewer folds");
  lines.folds = options.folds;
  std::vector<Role> roles(captures.size(), Role::training);
  std::size_t dealt = 0;
  for (const auto& [device, group] : groups) {
    if (options.like) break;
    for (const std::size_t c : group)
      if (options.folds > 0 && dealt++ % options.folds == options.fold) roles[c] = Role::test;
    if (options.folds > 0) continue;
    for (std::size_t i = group.size() > 1 ? group.size() - test_count(group.size(), options.test_fraction)
                                          : 1;
         i < group.size(); ++i)
      roles[group[i]] = Role::test;
  }
  for (std::size_t c = 0; c < captures.size() && options.like; ++c)
    if (std::ranges::binary_search(options.like->test_captures, lines.traces->captures[captures[c].number]))
      roles[c] = Role::test;
  const std::vector<std::uint16_t> labels = number_classes(lines);
  const std::vector<bool> protect = protected_devices(*lines.traces);
  for (std::size_t c = 0; c < captures.size(); ++c) {
    for (const auto& [device, trace] : captures[c].traces) {
      lines.lines.push_back({.device = lines.traces->devices[device],
                             .label = labels[device],
                             .capture = captures[c].number,
                             .role = roles[c],
                             .protect = protect[device],
                             .interval = {captures[c].begin, captures[c].end, captures[c].begin},
                             .packets = trace->packets});
    }
  }
}

/// All lines equally long.
void cut(Lines& lines, Nanoseconds length) {
  if (length <= 0) return;
  const std::size_t before = lines.lines.size();
  std::erase_if(lines.lines,
                [&](const WatchedLine& line) { return line.interval.end - line.interval.begin < length; });
  if (lines.lines.size() < before)
    lines.notes.push_back(std::to_string(before - lines.lines.size()) +
                          " lines are up for less than watch_seconds, left out");
  for (WatchedLine& line : lines.lines) line = first_part(line, length);
}

void switch_off(Lines& lines, const std::vector<std::string>& off) {
  for (const std::string& device : off) {
    if (std::ranges::find(lines.classes, device) == lines.classes.end())
      throw std::invalid_argument("'off': there is no device '" + device + "' with packets");
    for (WatchedLine& line : lines.lines)
      if (line.device == device && line.role == Role::test) line.packets = {};
  }
}

/// All packets of lines of one day or capture, in time order.
std::span<const DevicePacket> merge(Lines& lines, const std::vector<std::span<const DevicePacket>>& parts) {
  auto all = std::make_shared<std::vector<DevicePacket>>();
  for (const auto& packets : parts) all->insert(all->end(), packets.begin(), packets.end());
  std::ranges::stable_sort(*all, {}, &DevicePacket::time);
  lines.merged.push_back(all);
  return *all;
}

}  // namespace

WatchedLine part_of(const WatchedLine& line, Nanoseconds from, Nanoseconds length) {
  WatchedLine part = line;
  part.interval.begin = std::min(line.interval.end, line.interval.begin + from);
  part.interval.end = std::min(line.interval.end, part.interval.begin + length);
  const auto begin = std::ranges::lower_bound(line.packets, part.interval.begin, {}, &DevicePacket::time);
  const auto end = std::ranges::lower_bound(line.packets, part.interval.end, {}, &DevicePacket::time);
  part.packets = {begin, end};
  return part;
}

WatchedLine first_part(const WatchedLine& line, Nanoseconds length) {
  return part_of(line, 0, length);
}

void share_one_line(Lines& lines) {
  if (std::ranges::find(lines.classes, defence::home_line) != lines.classes.end())
    throw std::invalid_argument("device 'home' has the name of the line that all devices share: rename it");
  std::vector<std::string> classes = {defence::home_line};
  std::vector<WatchedLine> shared;
  std::map<std::pair<std::uint32_t, Nanoseconds>, std::vector<std::span<const DevicePacket>>> parts;
  std::map<std::pair<std::uint32_t, Nanoseconds>, std::vector<std::string>> sharing;
  for (WatchedLine& line : lines.lines) {
    auto name = std::ranges::find(classes, line.device);
    if (!line.protect && name == classes.end()) name = classes.insert(name, line.device);
    if (!line.protect) line.label = static_cast<std::uint16_t>(name - classes.begin());
    auto& of_home = parts[{line.capture, line.interval.begin}];
    if (line.protect) of_home.push_back(line.packets);
    if (line.protect && !line.packets.empty())
      sharing[{line.capture, line.interval.begin}].push_back(line.device);
    if (line.protect && of_home.size() > 1) continue;
    if (line.protect) {
      line.device = defence::home_line;
      line.label = 0;
    }
    shared.push_back(std::move(line));
  }
  for (WatchedLine& line : shared) {
    if (!line.protect) continue;
    line.packets = merge(lines, parts[{line.capture, line.interval.begin}]);
    line.sharing = sharing[{line.capture, line.interval.begin}];
  }
  lines.lines = std::move(shared);
  lines.classes = std::move(classes);
}

std::vector<std::size_t> Lines::with(Role role) const {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].role == role) chosen.push_back(i);
  return chosen;
}

std::pair<std::string, std::string> LineOptions::fault() const {
  if (auto wrong = fingerprint::wrong_folds(split, folds, fold); !wrong.second.empty()) return wrong;
  if (folds == 0 && split != SplitMode::leave_one_day_out) return {};
  if (like)
    return {"folds",
            "the split is that of the input 'discriminator'; give the folds to the stage that trained it"};
  if (!test_days.empty())
    return {"test_days", "the fold says which days are for testing; give one of the two"};
  return {};
}

Lines watch_lines(std::shared_ptr<const traffic::Traces> traces, const LineOptions& given) {
  LineOptions options = given;
  if (const auto [option, reason] = options.fault(); !reason.empty())
    throw std::invalid_argument(option + ": " + reason);
  if (options.like) {
    options.split = options.like->mode;
    options.test_days.clear();
  }
  const double hours = options.like
                           ? options.like->day_offset_hours
                           : std::chrono::duration<double, std::ratio<3600>>(options.day_offset).count();
  Lines lines;
  lines.traces = std::move(traces);
  if (lines.traces->item_count() == 0) throw std::runtime_error("there are no packets of any device");
  lines.days = defence::Pool::of(lines.traces, hours);
  lines.split = options.split == SplitMode::leave_one_day_out ? SplitMode::day : options.split;
  if (lines.split == SplitMode::automatic)
    lines.split = lines.days->days().size() >= options.warm_up_days + fewest(options) ? SplitMode::day
                                                                                      : SplitMode::capture;
  const std::string word(text::word_of(fingerprint::split_modes, lines.split));
  if (lines.split == SplitMode::day)
    split_by_day(lines, options);
  else if (lines.split == SplitMode::capture)
    split_by_capture(lines, options);
  else
    throw std::invalid_argument(
        "split \"" + word +
        "\" is none that lines can follow: \"day\", \"leave_one_day_out\", \"capture\" or \"auto\"");
  cut(lines, options.watch.count());
  if (lines.with(Role::training).empty() || lines.with(Role::test).empty())
    throw std::runtime_error("a split by " + word + " leaves nothing to " +
                             (lines.with(Role::test).empty() ? "test" : "train") +
                             " on: " + std::to_string(captures_of(*lines.traces).size()) + " captures of " +
                             std::to_string(lines.days->days().size()) +
                             " days, warm_up_days = " + std::to_string(options.warm_up_days));
  note_late(lines);
  switch_off(lines, options.off);
  if (options.topology == defence::Topology::home) share_one_line(lines);
  return lines;
}

}  // namespace ipet::comparison
