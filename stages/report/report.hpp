// What the evaluation found: one row per defence and attacker; of a comparison also per threat level.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stages/defence/overhead.hpp"
#include "stages/report/predictions.hpp"

namespace ipet::evaluation {

struct Score {
  std::string defence;        ///< "none" for clean traffic, else the defence's name
  std::string attacker;       ///< "static lstm", "retrained lstm"
  std::uint64_t windows = 0;  ///< test windows; of attackers that look at aggregates: test aggregates
  double accuracy = 0;
  double macro_f1 = 0;         ///< mean over classes with at least one test window
  double majority = 0;         ///< accuracy of always naming the most frequent class of the test windows
  std::vector<double> recall;  ///< per device; NaN for a device without test windows
  std::vector<std::uint64_t> confusion;  ///< [true device, predicted device]

  // Set by comparisons only (stages/comparison/README.md).
  std::string level = {};    ///< threat level, "T0" to "T5"; "" else
  std::string variant = {};  ///< of the defence: "own" budget, "matched", "x0.5"; "" else
  std::string view = {};     ///< what the attacker looks at: "aggregates of 15 min"
  double seconds = 0;        ///< of traffic behind an answer: 3600 of a vote over an hour; 0: the row's
  /// 1 / classes with test rows: not the same for all scores of a level, as windows give no rows of a device
  /// that is silent and aggregates do.
  double chance = 0;
  double balanced_accuracy = 0;            ///< mean recall
  std::string highest_recall_device = {};  ///< whom the attacker finds best
  double highest_recall = 0;               ///< its recall
  /// 95 % intervals (intervals.hpp); NaN where there is none.
  double macro_f1_low = std::numeric_limits<double>::quiet_NaN(), macro_f1_high = macro_f1_low;
  /// Runs behind the row, trainings times copies of the test lines; macro_f1 and so on are means over them.
  std::uint32_t seeds = 1;
  double accuracy_low = macro_f1_low, accuracy_high = macro_f1_low;
  /// Standard deviation of macro_f1 over the runs; NaN of one alone.
  double macro_f1_deviation = macro_f1_low;
  std::string interval_over = {};  ///< what was drawn for them: "days", "captures", "5 min"; "" without
};

/// What a defence of a comparison cost, on the test days.
struct Cost {
  std::string defence, variant;
  double intensity = 1;  ///< times the defence's own budget (Defence::at_intensity)
  defence::Overhead overhead;
  double wire_bytes_per_second = 0;             ///< added, with headers, mean over devices
  double payload_bytes_per_second = 0;          ///< added, mean over devices
  double highest_payload_bytes_per_second = 0;  ///< added, of the device that gets most
  double percent = 0;                           ///< added bytes on the wire, of the original ones
  double peak_second = 0;  ///< bytes on the wire in the busiest second of a line, cover and user data
  std::uint64_t over_budget =
      0;  ///< devices whose cover is above the budget that was asked for; 0: none asked
};

/// A parameter of a sweep, and the value that it has in this run.
struct AxisValue {
  std::string name;  ///< "model"
  std::variant<std::int64_t, double, std::string> value;

  bool operator==(const AxisValue&) const = default;
};

/// A stretch of a device's traffic in a comparison, and what it was for.
struct LineUse {
  std::string device, capture;              ///< "": all captures of the day together
  traffic::Nanoseconds day = 0;             ///< TestRows::day
  traffic::Nanoseconds begin = 0, end = 0;  ///< half open
  std::string role;                         ///< "warm_up", "training" or "test"
};

struct EvaluationReport {
  static constexpr std::string_view type_name = "evaluation_report";
  static constexpr int type_version = 4;

  std::string rows = "windows";  ///< what was named: "windows" or "aggregates"
  std::vector<std::string> devices;
  std::vector<Score> scores;
  defence::Overhead overhead;  ///< per device; empty when nothing was mixed
  std::vector<Cost> costs;     ///< of comparisons: one per defence and variant
  /// Lines below the table ("set 1: a, b; a blind guess within it: 1/2").
  std::vector<std::string> notes;
  std::vector<AxisValue> point;  ///< of a sweep, which point of it this is; every table says so in each row

  std::vector<LineUse> lines;                      ///< of comparisons
  std::shared_ptr<const Predictions> predictions;  ///< null: none kept

  [[nodiscard]] std::size_t byte_size() const {
    return sizeof *this + scores.size() * sizeof(Score) + (predictions ? predictions->byte_size() : 0);
  }
  [[nodiscard]] std::size_t item_count() const { return scores.size(); }
};

/// A stretch of one device's line before and after, to be drawn.
struct LineExample {
  static constexpr std::string_view type_name = "line_example";
  static constexpr int type_version = 1;

  std::string device, defence;
  traffic::Nanoseconds begin = 0, end = 0;
  std::vector<traffic::DevicePacket> before, after;  ///< in time order; of `after`, dummies are marked

  [[nodiscard]] std::size_t byte_size() const {
    return sizeof *this + (before.capacity() + after.capacity()) * sizeof(traffic::DevicePacket);
  }
  [[nodiscard]] std::size_t item_count() const { return before.size() + after.size(); }
};

/// The table that is printed at the end of a run, and the overhead lines below it.
std::string table(const EvaluationReport& report);

}  // namespace ipet::evaluation
