#include "stages/detection/activity.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "stages/activity/event_rule.hpp"
#include "stages/attack/bins.hpp"
#include "stages/detection/detectors.hpp"

namespace ipet::detection {

using comparison::Lines;
using comparison::WatchedLine;
using traffic::Nanoseconds;

namespace {

/// A line's whole minutes, as attackers count them: the first and the last one may reach beyond the line.
activity::Recording in_whole_minutes(const WatchedLine& line) {
  const auto bin = [&](Nanoseconds time) { return attack::bin_of(time, line.interval, activity::minute); };
  return {bin(line.interval.begin).begin, bin(line.interval.end - 1).end, line.packets};
}

}  // namespace

std::pair<std::string, std::string> fault(const comparison::ComparisonInputs& inputs,
                                          const ActivityOptions& options) {
  const DetectionOptions& all = options;
  if (auto found = fault(inputs, all); !found.second.empty()) return found;
  for (const auto& attacker : inputs.attackers)
    if (row_length(attacker->view()) != activity::minute)
      return {"attackers", "'" + attacker->title() + "' looks at " + attacker->view().name() +
                               ", and is asked about each minute: take an attacker with minutes = 1"};
  return {};
}

ActivityGame::ActivityGame(const Lines& lines, defence::Topology topology) : topology_(topology) {
  for (const std::string& device : lines.classes) {
    std::vector<activity::Recording> recordings, whole;
    std::vector<Place> places;
    for (const WatchedLine& line : lines.lines) {
      if (line.device != device) continue;
      recordings.push_back({line.interval.begin, line.interval.end, line.packets});
      whole.push_back(in_whole_minutes(line));
      places.emplace_back(line.capture, line.interval.begin_of_day);
    }
    if (places.empty()) continue;
    const activity::Activity found = activity::activity_of(recordings);
    devices_.push_back(device);
    base_rates_.push_back(device + ": " + activity::base_rate_text(found, whole));
    auto& minutes = minutes_.emplace_back();
    for (std::size_t r = 0; r < places.size(); ++r)
      minutes[places[r]] = {whole[r].begin, activity::event_minutes(whole[r], found.events[r])};
  }
}

evaluation::DetectionReport ActivityGame::description() const {
  evaluation::DetectionReport report;
  report.game = "activity";
  report.about =
      std::string(
          "in which minutes does a device have an event (a burst of 8 packets or more, or one that "
          "none of its timers predicts), seen on ") +
      (topology_ == defence::Topology::home ? "the one tunnel of the home" : "the device's own line") + "?";
  report.target = "device";
  report.notes = base_rates_;
  return report;
}

Scene ActivityGame::scene(const Lines& lines, traffic::StreamKey) const {
  Scene scene{lines, {}};
  if (topology_ == defence::Topology::home) comparison::share_one_line(scene.lines);
  const auto watched = std::make_shared<const std::vector<WatchedLine>>(scene.lines.lines);
  scene.truth = [this, watched](std::size_t device, std::size_t line, Nanoseconds start) {
    return truth(device, (*watched)[line], start);
  };
  return scene;
}

Answer ActivityGame::truth(std::size_t device, const WatchedLine& line, Nanoseconds start) const {
  if (topology_ == defence::Topology::device && line.device != devices_[device]) return Answer::unasked;
  const auto at = minutes_[device].find({line.capture, line.interval.begin_of_day});
  if (at == minutes_[device].end()) return Answer::unasked;  // of another capture
  const auto minute = static_cast<std::size_t>((start - at->second.begin) / activity::minute);
  return at->second.event.at(minute) ? Answer::yes : Answer::no;
}

evaluation::DetectionReport find_activity(const comparison::ComparisonInputs& inputs,
                                          const ActivityOptions& options, fingerprint::Observer& observer) {
  if (const auto [option, reason] = fault(inputs, options); !reason.empty())
    throw std::invalid_argument(option + ": " + reason);
  const Lines lines = lines_of_devices(inputs, options);
  return play(ActivityGame(lines, options.lines.topology), lines, inputs, options, observer);
}

}  // namespace ipet::detection
