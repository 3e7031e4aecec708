// A report as single rows, to stand beside those of other runs.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "stages/report/detection_report.hpp"
#include "stages/report/report.hpp"

namespace ipet::evaluation {

/// Text by column, in order.
using Cells = std::vector<std::pair<std::string, std::string>>;

struct ReportRow {
  Cells shown;   ///< for people
  Cells stored;  ///< for programs; columns as in the CSV table of scores, and `split` and `rows`
};

/// One row for each score; of a comparison for the strongest attacker of each level (summary.hpp). `split`:
/// what divided training from testing, "day".
std::vector<ReportRow> result_rows(const EvaluationReport& report, const std::string& split);

/// One for each row of `strongest`.
std::vector<ReportRow> result_rows(const DetectionReport& report);

}  // namespace ipet::evaluation
