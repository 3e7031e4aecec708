// What the evaluation found: one row per (defence, attacker).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/defence/overhead.hpp"

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
};

struct EvaluationReport {
  static constexpr std::string_view type_name = "evaluation_report";
  static constexpr int type_version = 1;

  std::string rows = "windows";  ///< what was named: "windows" or "aggregates"
  std::vector<std::string> devices;
  std::vector<Score> scores;
  defence::Overhead overhead;  ///< per device; empty when nothing was mixed

  [[nodiscard]] std::size_t byte_size() const { return sizeof *this + scores.size() * sizeof(Score); }
  [[nodiscard]] std::size_t item_count() const { return scores.size(); }
};

/// The table that is printed at the end of a run, and the overhead lines below it.
std::string table(const EvaluationReport& report);

}  // namespace ipet::evaluation
