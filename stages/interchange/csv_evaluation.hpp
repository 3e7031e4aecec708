// Tables of evaluations; their columns are in csv_writer.hpp.
#pragma once

#include <map>
#include <string>

#include "stages/evaluation/report.hpp"
#include "stages/interchange/csv_file.hpp"

namespace ipet::interchange {

/// Reports by stage.
using Reports = std::map<std::string, evaluation::EvaluationReport>;

/// Throws std::invalid_argument where names of devices collide (evaluation::all_devices).
void write_scores(CsvFile& out, const Reports& reports, bool header);
/// Throws as write_scores does.
void write_predictions(CsvFile& out, const Reports& reports, bool header);
void write_overhead(CsvFile& out, const Reports& reports, bool header);

}  // namespace ipet::interchange
