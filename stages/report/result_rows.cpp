#include "stages/report/result_rows.hpp"

#include <cmath>

#include "stages/report/detection_columns.hpp"
#include "stages/report/summary.hpp"
#include "stages/report/text.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::evaluation {
namespace {

std::string stored(double number) {
  return std::isnan(number) ? "" : traffic::number_text(number);
}
std::string stored(const std::string& text) {
  return text;
}

/// "0.740 (0.72..0.76)"
std::string with_interval(double value, double low, double high) {
  const std::string interval = interval_text(low, high);
  return format("%.3f", value) + (interval.empty() ? "" : " (" + interval + ")");
}

Cells shown_cells(const EvaluationReport& report, const Score& score, const std::string& split) {
  Cells cells = {{"defence", title_of(score.defence, score.variant)}};
  if (!score.level.empty()) cells.emplace_back("level", score.level);
  cells.emplace_back("attacker", score.attacker);
  cells.emplace_back("macro F1 (95 %)",
                     with_interval(score.macro_f1, score.macro_f1_low, score.macro_f1_high));
  cells.emplace_back("accuracy", format("%.3f", score.accuracy));
  cells.emplace_back("majority", format("%.3f", score.majority));
  cells.emplace_back("tested on", std::to_string(score.windows) + " " + report.rows);
  cells.emplace_back("split by", split);
  return cells;
}

Cells stored_cells(const EvaluationReport& report, const Score& score, const std::string& split) {
  return {{"defence", score.defence},
          {"variant", score.variant},
          {"level", score.level},
          {"attacker", score.attacker},
          {"split", split},
          {"rows", report.rows},
          {"windows", std::to_string(score.windows)},
          {"accuracy", stored(score.accuracy)},
          {"accuracy_low", stored(score.accuracy_low)},
          {"accuracy_high", stored(score.accuracy_high)},
          {"macro_f1", stored(score.macro_f1)},
          {"macro_f1_low", stored(score.macro_f1_low)},
          {"macro_f1_high", stored(score.macro_f1_high)},
          {"interval_over", score.interval_over},
          {"majority", stored(score.majority)},
          {"chance", stored(score.chance)}};
}

}  // namespace

std::vector<ReportRow> result_rows(const EvaluationReport& report, const std::string& split) {
  std::vector<const Score*> scores;
  if (is_comparison(report)) {
    // The report's, since summaries point into it.
    for (const Summary& summary : summaries(report))
      scores.insert(scores.end(), summary.strongest.begin(), summary.strongest.end());
  } else {
    for (const Score& score : report.scores) scores.push_back(&score);
  }
  std::vector<ReportRow> rows;
  for (const Score* score : scores)
    rows.push_back({shown_cells(report, *score, split), stored_cells(report, *score, split)});
  return rows;
}

std::vector<ReportRow> result_rows(const DetectionReport& report) {
  std::vector<ReportRow> rows;
  for (const Detection* row : strongest(report)) {
    const Estimate &precision = row->average_precision, &area = row->area_under_curve;
    Cells shown = {{"defence", title_of(row->defence, row->variant)},
                   {report.target, row->target},
                   {"base rate", format("%.5f", row->base_rate())},
                   {"AP (95 %)", with_interval(precision.mean, precision.low, precision.high)},
                   {"AUC (95 %)", with_interval(area.mean, area.low, area.high)},
                   {"strongest", row->level + ", " + row->attacker}};
    Cells kept = {{"game", report.game}};
    each_detection_column([&](const std::string& name, const char*, const auto& get) {
      kept.emplace_back(name, stored(get(*row)));
    });
    rows.push_back({std::move(shown), std::move(kept)});
  }
  return rows;
}

}  // namespace ipet::evaluation
