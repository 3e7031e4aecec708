// A game as it might come out, for tests of everything that shows one.
#pragma once

#include "stages/report/detection_report.hpp"
#include "tests/evaluation/comparison_samples.hpp"

namespace ipet::evaluation::samples {

inline Detection detection(std::string defence, std::string level, std::string target, double precision) {
  Detection row;
  row.defence = std::move(defence);
  row.variant = "own";
  row.level = std::move(level);
  row.attacker = "boost 1 min";
  row.view = "aggregates of 1 min";
  row.target = std::move(target);
  row.seconds = 60;
  row.moments = 2880;
  row.positives = 18;
  row.average_precision = {precision, precision / 2, precision, precision / 4, precision};
  row.area_under_curve.mean = 0.75;
  row.draws = 20;
  row.judged = true;
  return row;
}

/// Two defences, two levels, two targets; the second is hardly ever there.
inline DetectionReport game() {
  DetectionReport report;
  report.game = "activity";
  report.about = "in which minutes?";
  report.target = "device";
  report.detections = {detection("none", "T0", "cam", 1.0), detection("none", "T0", "lock", 0.5),
                       detection("decoys", "T0", "cam", 0.125), detection("decoys", "T2", "cam", 0.25),
                       detection("decoys", "T2", "lock", 0.5)};
  for (const std::size_t i : {1U, 4U}) {
    report.detections[i].positives = 2;
    report.detections[i].judged = false;
  }
  report.costs = {cost("none", "own", 0), cost("decoys", "own", 80)};
  report.notes = {"cam: rarely"};
  return report;
}

}  // namespace ipet::evaluation::samples
