// Answers of detectors become rankings by draw and day, and these a row of the report.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "stages/report/detection_report.hpp"
#include "stages/report/ranking.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::detection {

/// What one detector answered about the moments of one draw. A list for each member, all equally long.
struct Answers {
  std::vector<double> likelihood;
  std::vector<bool> truth;
  std::vector<traffic::Nanoseconds> day;  ///< when the moment's day began

  void add(double how_likely, bool so, traffic::Nanoseconds of_day);
};

struct Rankings {
  evaluation::Ranking all;
  std::map<traffic::Nanoseconds, evaluation::Ranking> days;
};
Rankings ranked(const Answers& answers);

/// Rankings of different detectors, or of different days, as one: the average precision is the mean over all
/// positives, the area under the curve that over all pairs of a ranking. NaN where no ranking has any.
evaluation::Ranking pooled(std::span<const evaluation::Ranking> rankings);

/// Fills the figures of a row. `by_draw`: [draw], one for each origin; at least one of each. `fewest`: as
/// DetectionOptions.
void fill(evaluation::Detection& row, std::span<const std::vector<Rankings>> by_draw, double fewest);

}  // namespace ipet::detection
