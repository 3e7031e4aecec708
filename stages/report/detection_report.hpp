// How well detectors find out what a home would rather not show: when something happens in it, and what is in
// it. One row for each defence, threat level, attacker and target.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "stages/report/report.hpp"

namespace ipet::evaluation {

/// A measure in the mean over draws: of a defence's random numbers, and where the game draws homes, of these.
/// NaN where the measure is defined in no draw (ranking.hpp).
struct Estimate {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double low = mean,
         high = mean;  ///< 2.5 % and 97.5 % quantiles over the draws; NaN where there is one alone
  /// The least and the most that a single day for testing has, in the mean over the draws.
  double lowest_day = mean, highest_day = mean;
};

struct Detection {
  std::string defence, variant, level, attacker, view;
  std::string target;  ///< the device or product
  double seconds = 0;  ///< of traffic behind an answer; 0: packets, not time, say how much
  /// Answers on all days for testing, and those of them where it is so; means over the draws.
  double moments = 0, positives = 0;
  Estimate area_under_curve, average_precision;
  std::uint32_t draws = 0;
  /// Whether there are so many positives, and others, that the measures say something.
  bool judged = false;

  [[nodiscard]] double base_rate() const { return positives / moments; }
};

struct DetectionReport {
  static constexpr std::string_view type_name = "detection_report";
  static constexpr int type_version = 1;

  std::string game;    ///< "activity", "presence"
  std::string about;   ///< it in one sentence
  std::string target;  ///< what a target is: "device"
  std::vector<Detection> detections;
  std::vector<Cost> costs;  ///< one per defence and variant, of the lines of the days for testing
  std::vector<std::string> notes;
  std::vector<AxisValue> point;  ///< as EvaluationReport::point

  [[nodiscard]] std::size_t byte_size() const {
    return sizeof *this + detections.size() * sizeof(Detection) + costs.size() * sizeof(Cost);
  }
  [[nodiscard]] std::size_t item_count() const { return detections.size(); }
};

/// Of each defence and target the detector that finds it best, over all levels and attackers: of those for
/// the same seconds the one with the highest mean average precision, or where that is not defined area under
/// the curve; of presence, where half of all answers are yes, the other way round. Pointers into the report,
/// in its order.
std::vector<const Detection*> strongest(const DetectionReport& report);

/// The table that is printed at the end of a run.
std::string table(const DetectionReport& report);

}  // namespace ipet::evaluation
