// How the clocks of devices beat on a line: what tells a device's own beats from imitated ones.
#pragma once

#include "stages/attack/device_clocks.hpp"

namespace ipet::attack {

/// A row for each bin of some minutes, also for those without packets. What the line carried up to a day
/// before its interval counts for the trains of beats.
///
/// A beat that several clocks share is of the one that expects it best.
///
/// Columns: bursts (packets with payload, gaps under 2 s) that begin in the bin. Then for each clock, of its
/// beats in the bin and of the train of beats (BeatTrains) with most of them, or where there are none, with
/// most of all that may go on:
///  - beats: all, divided by the number expected of one device in that time (at least 1);
///  - share: the train's, divided by the same;
///  - explained: the train's, divided by the bursts;
///  - deviation: median of milliseconds between a beat of the train and when it was expected; -1: none was;
///  - exact: share of those beats that keep to the clock's tolerance;
///  - train_hours, train_beats: how long it has been going, and how many beats it has;
///  - hour, four_hours: share of the beats whose train was that long under way before the bin began;
///  - before: share of the beats whose train began before the interval;
///  - over_midnight: the number of those in the first six periods of the interval, as far as these are over,
///    divided by that of periods, or by that of all beats where these are fewer: the same in all later bins;
///  - begun: trains of two beats or more that began in the interval, per hour.
/// At the end the highest over_midnight of each class, 0 of one without clocks.
class ClockView final : public View {
 public:
  /// Without clocks there is only the first column. Throws std::invalid_argument unless there are at least a
  /// millisecond and at most a day of minutes.
  ClockView(double minutes, std::shared_ptr<const Clocks> clocks);

  /// "clocks of 15 min"
  [[nodiscard]] std::string name() const override { return name_; }
  /// "bursts", "class_0_clock_0_beats" ..
  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] traffic::Nanoseconds history() const override { return traffic::day; }
  [[nodiscard]] std::unique_ptr<FeatureExtractor> open(const Interval& interval) const override;

 private:
  traffic::Nanoseconds length_;
  std::string name_;
  std::shared_ptr<const Clocks> clocks_;
  std::shared_ptr<const Phrases> phrases_;
};

}  // namespace ipet::attack
