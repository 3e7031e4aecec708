// An evaluation's rows for the table over the points of a sweep.
#pragma once

#include <string>

#include "pipeline/sdk/result_row.hpp"
#include "stages/dataset/folds.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/report/result_rows.hpp"

namespace ipet {

inline void tell_rows(StageContext& context, const evaluation::EvaluationReport& report,
                      const std::string& split) {
  for (evaluation::ReportRow& row : evaluation::result_rows(report, split))
    tell_result(context, {std::move(row.shown), std::move(row.stored)});
}

inline void tell_rows(StageContext& context, const evaluation::DetectionReport& report) {
  for (evaluation::ReportRow& row : evaluation::result_rows(report))
    tell_result(context, {std::move(row.shown), std::move(row.stored)});
}

inline std::string split_text(const fingerprint::SplitRecord& split) {
  return fingerprint::split_text(split.mode, split.folds, split.fold);
}

}  // namespace ipet
