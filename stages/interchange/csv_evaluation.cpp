#include "stages/interchange/csv_evaluation.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <variant>
#include <vector>

#include "stages/report/score_columns.hpp"
#include "stages/report/summary.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::interchange {
namespace {

using defence::Count;
using evaluation::Cost;
using evaluation::EvaluationReport;
using evaluation::Score;
using Row = defence::Overhead::Row;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();  // an empty cell
constexpr std::string_view cost_columns =
    "intensity,payload_bytes_per_second,highest_payload_bytes_per_second,wire_bytes_per_second,"
    "overhead_percent,peak_second_bytes,over_budget_devices";
constexpr std::string_view prediction_columns =
    "stage,defence,variant,level,attacker,seed,view,capture,device,start,day,truth,predicted";
constexpr std::string_view delay_columns =
    "delay_p50_seconds,delay_p95_seconds,delay_p99_seconds,delay_most_seconds,unsent_bytes,misdirected_bytes";

void names(CsvFile& out, std::string_view list) {
  for (std::size_t at = 0, end = 0; end != list.npos; at = end + 1) {
    end = list.find(',', at);
    out.cell(list.substr(at, end - at));
  }
}

/// A column `sweep_NAME` for each axis of the sweep that the run is of. All reports are of one run.
void point_names(CsvFile& out, const Reports& reports) {
  if (reports.empty()) return;
  for (const evaluation::AxisValue& axis : reports.begin()->second.point) out.cell("sweep_" + axis.name);
}
void point(CsvFile& out, const Reports& reports) {
  for (const evaluation::AxisValue& axis : reports.begin()->second.point)
    std::visit([&](const auto& value) { out.cell(value); }, axis.value);
}

void delays(CsvFile& out, const defence::DelayHistogram& delays, std::uint64_t unsent,
            std::uint64_t misdirected) {
  for (const double share : {0.5, 0.95, 0.99}) out.cell(delays.quantile(share));
  out.cell(delays.maximum()).cell(unsent).cell(misdirected);
}

/// What the defence of a score cost; empty cells where nobody said.
void cost(CsvFile& out, const Cost* cost) {
  if (cost == nullptr) {
    for (int i = 0; i < 7 + 6; ++i) out.cell(nothing);
    return;
  }
  out.cell(cost->intensity).cell(cost->payload_bytes_per_second).cell(cost->highest_payload_bytes_per_second);
  out.cell(cost->wire_bytes_per_second).cell(cost->percent).cell(cost->peak_second).cell(cost->over_budget);
  delays(out, evaluation::delays_of(cost->overhead), evaluation::unsent_bytes_of(cost->overhead),
         evaluation::misdirected_bytes_of(cost->overhead));
}

void recalls(CsvFile& out, const Score& score, const std::vector<std::string>& known,
             const std::vector<std::string>& devices) {
  for (const std::string& device : devices) {
    const auto at = static_cast<std::size_t>(std::ranges::find(known, device) - known.begin());
    out.cell(at < score.recall.size() ? score.recall[at] : nothing);
  }
}

}  // namespace

void write_scores(CsvFile& out, const Reports& reports, bool header) {
  const std::vector<std::string> devices = evaluation::all_devices(reports);
  if (header) {
    point_names(out, reports);
    out.cell("stage");
    evaluation::each_score_column([&](const char* name, const char*, auto) { out.cell(name); });
    names(out, cost_columns);
    names(out, delay_columns);
    for (const std::string& device : devices) out.cell("recall_" + device);
    out.end_row();
  }
  for (const auto& [stage, report] : reports) {
    for (const Score& score : report.scores) {
      point(out, reports);
      out.cell(stage);
      evaluation::each_score_column([&](const char*, const char*, auto member) { out.cell(score.*member); });
      cost(out, evaluation::cost_of(report, score.defence, score.variant));
      recalls(out, score, report.devices, devices);
      out.end_row();
    }
  }
}

namespace {

/// All answers of one attacker; `place`: of the report's devices in the columns of probabilities.
void predictions(CsvFile& out, const Reports& reports, const std::string& stage,
                 const EvaluationReport& report, const evaluation::Answers& of,
                 const std::vector<std::size_t>& place, std::size_t columns) {
  const Score& score = report.scores.at(of.score);
  const evaluation::TestRows& rows = report.predictions->rows.at(of.rows);
  for (std::size_t i = 0; i < of.size(); ++i) {
    const std::size_t row = of.row_of(i);
    point(out, reports);
    out.cell(stage).cell(score.defence).cell(score.variant).cell(score.level).cell(score.attacker);
    out.cell(of.seed).cell(rows.view).cell(rows.captures.at(rows.capture.at(row)));
    out.cell(report.devices.at(rows.device.at(row)));
    out.cell(traffic::time_text(rows.start.at(row))).cell(traffic::time_text(rows.day.at(row)));
    out.cell(report.devices.at(report.predictions->truth_of(of, i))).cell(report.devices.at(of.named[i]));
    std::vector<float> cells(columns, of.probabilities.empty() ? std::numeric_limits<float>::quiet_NaN() : 0);
    for (std::size_t c = 0; c < of.classes && !of.probabilities.empty(); ++c)
      cells[place[c]] = of.probabilities.at(i * of.classes + c);
    for (const float cell : cells) out.cell(cell);
    out.end_row();
  }
}

}  // namespace

void write_predictions(CsvFile& out, const Reports& reports, bool header) {
  const std::vector<std::string> devices = evaluation::all_devices(reports);
  if (header) {
    point_names(out, reports);
    names(out, prediction_columns);
    for (const std::string& device : devices) out.cell("probability_" + device);
    out.end_row();
  }
  for (const auto& [stage, report] : reports) {
    if (report.predictions == nullptr) continue;
    std::vector<std::size_t> place;
    for (const std::string& device : report.devices)
      place.push_back(static_cast<std::size_t>(std::ranges::find(devices, device) - devices.begin()));
    for (const evaluation::Answers& of : report.predictions->answers)
      predictions(out, reports, stage, report, of, place, devices.size());
  }
}

void write_overhead(CsvFile& out, const Reports& reports, bool header) {
  const std::pair<const char*, const Count(Row::*)[2]> groups[] = {
      {"user", &Row::user}, {"dummy", &Row::dummy}, {"sent", &Row::sent}};
  if (header) {
    point_names(out, reports);
    names(out, "stage,defence,variant,device,seconds");
    for (const auto& [who, counts] : groups) {
      for (const char* direction : {"out", "in"}) {
        for (const char* what : {"packets", "payload_bytes", "wire_bytes"})
          out.cell(std::string(who) + "_" + direction + "_" + what);
      }
    }
    names(out, delay_columns);
    out.end_row();
  }
  for (const auto& [stage, report] : reports) {
    for (const evaluation::Load& load : evaluation::loads_of(report)) {
      const Row& row = *load.counts;
      point(out, reports);
      out.cell(stage).cell(load.defence).cell(load.variant).cell(row.device).cell(row.seconds);
      for (const auto& [who, counts] : groups) {
        for (const Count& count : row.*counts)
          out.cell(count.packets).cell(count.payload_bytes).cell(count.wire_bytes);
      }
      delays(out, row.delays, row.unsent_bytes, row.misdirected_bytes);
      out.end_row();
    }
  }
}

}  // namespace ipet::interchange
